import type { Conversation } from '../script.ts'

export const support: readonly Conversation[] = [
  {
    with: 'dockmaster_ed',
    at: 'harbor_support',
    ended: '11m',
    script: `
      them: Two families standing on my dock right now, both with a confirmation for the same boat. What happened?
      mei: Oh no. Looking at it this minute, Ed. What is the boat called?
      them: Second Wind
      mei: Found it: one booking came from your website, the other from the hotel's page, four seconds apart. Is another boat free?
      them: Third Wind is. Smaller but okay
      mei: I have moved the Hansen family to Third Wind, refunded them 20 euros from our side, and told them. Sorry about that.
      + them 🙏
      * mei tags Bug
      * mei note Double booking between website and hotel page (4 seconds apart). Refunded 20 EUR on us. Tell Ed when the fix is out.
      them: They are on the water and laughing. Crisis over. But please make sure it cannot happen again
      ... 1d
      youssef: Hi Ed, Youssef from engineering. The gap is closed since 09:40: both pages now take the place before they ask for the card.
      them^1: Appreciate you telling me how, not just that
      + youssef 🙏
      ... 6d
      them: One week, zero surprises. I am almost bored
      mei: The best kind of bored 😄
      them: [image] Spoke too soon. The tablet at the gate shows yesterday's list. Is it me or is it you?
    `,
  },
  {
    with: 'captainlu',
    at: 'harbor_support',
    ended: '1d 6h',
    script: `
      them: Ciao, the tablet on jetty 2 says "no bookings today". We have nineteen people in line.
      mei: Ciao Luca! It lost its connection at 08:12. Could somebody press the round arrow at the top?
      them: [image] Gennaro pressed everything. Now it is in Portuguese
      + mei 😂
      mei: I set it back to English from here, and the list is loading. Nineteen people and a dog, correct?
      them: The dog is Gennaro's. Grazie mille Mei!
      + them ❤️
      ... 3d
      mei: Gennaro can now undo things with two fingers, we built that because of you.
      them: He is practising. I am afraid.
      mei: We all are. But the undo works on everything Gennaro has invented so far 💪
    `,
  },
  {
    with: 'marie_delab',
    at: 'harbor_support',
    ended: '16d 2h',
    script: `
      them: Bonjour, a customer paid twice for Saturday. Can you give one back?
      youssef: Bonjour Marie! I see both: 180 at 18:02 and 180 at 18:04. I return the second one now.
      them: Merci. He apologised five times, poor man
      youssef: Done. It is back on his card in two to five days.
      + them 👍
      * youssef archive
    `,
  },
  {
    with: 'bootsverleih_m',
    at: 'harbor_support',
    ended: '6d 1h',
    script: `
      them: [image] [image] Handover photos from boat 7 are upside down. Only boat 7.
      mei: Strange and wonderful. Which phone does boat 7 use?
      them: An old one from my daughter. With a sticker over the sensor, as I see now 🙈
      + mei 😂
      mei: Mystery solved! I turned the eleven photos around for you.
      them: You are the best. Danke!
      mei: Any time, and greetings to your daughter 😄
    `,
  },
  {
    with: 'anita_kroon',
    at: 'harbor_support',
    ended: '52m',
    script: `
      them: Hello, my invoice from last month has the wrong company name. It should be "Kroon Watersport B.V."
      youssef: Hello Anita! Changed, and a corrected invoice is in your inbox. The old one is marked as cancelled.
      them: That was fast. But now the VAT number is missing?
      youssef: You are right, it was attached to the old name. Could you send it to me?
      them: NL001234567B01
      delete: all
      them: Sent it by e-mail instead, better than here
      + youssef 👍
      youssef: Very wise. It is on the invoice now, and on all future ones.
      * youssef tags Billing
      * youssef status Customer
      ... 20d
      them: Hi again. My accountant asks for a yearly overview. Does that exist?
      youssef: Yes: Settings, Invoices, "Year as PDF".
      them: [file yearly overview.pdf] Found it, but the total for March is not what I expect. 158,00 instead of 79,00?
    `,
  },
  {
    with: 'rasmus_b',
    at: 'harbor_support',
    ended: '2h 5m',
    script: `
      them: Hey, the signature on booking.created webhooks does not match. Docs say HMAC-SHA256 over the raw body, I get something else.
      youssef: Hey Rasmus! Are you parsing the JSON before you hash? Any byte that changes breaks it.
      them: ...yes. Of course I am.
      delete: all
      them: It was the body parser. Works now. I would like to pretend I never asked
      + youssef 😄
      youssef: What body parser? What question?
      + them 🫡
      * youssef tags Developer
      ... 14d
      them: Do you retry when my endpoint answers 500? Asking for a friend whose server was on fire
      youssef^1: Up to 8 times over 24 hours, with longer and longer pauses. How is the friend?
      them: Extinguished. Thanks!
      ... 11d
      bot: Your webhook endpoint https://hooks.rasmus-b.example/harbor answered with an error 20 times in a row, so it was switched off. You can switch it on again under Settings, Webhooks.
      them: Good bot. My certificate expired, it is on again
      + mei 🤖
      ... 4h
      them: Feature idea while I am here: could the payload include the tide window? I compute it myself right now and I get the summer time wrong twice a year
    `,
  },
  {
    with: 'rasmus_b',
    at: 'harbor_co',
    ended: '13d 5h',
    script: `
      app: Hey Rasmus, saw your thread on building a booking widget over our API. Mind if we link it in the docs?
      them: Not at all, I would be honoured. Maybe after I fix the typo in the second post
      app: The typo is the best part 😄 Thank you!
      + them 😂
      * ines tags Developer, Partner
    `,
  },
  {
    with: 'tania_osei',
    at: 'harbor_support',
    ended: '3h 30m',
    script: `
      them: I was charged for another year although I cancelled in March. I am really upset, I wrote two mails and nobody answered.
      mei: Tania, I am sorry, you should not have had to write three times. I found your mails: they were sorted into the wrong folder. Looking at the charge now.
      them: I cancelled on the 4th of March. I have a screenshot.
      mei: No need, I see it here too. The cancellation was saved, but a second contract for your old club was not part of it. That is our mistake.
      mei: The 290 euros are on their way back to you, and the second contract is closed.
      them: Ok. Thank you for not making me argue
      + mei 🙏
      * mei tags Billing
      * mei status Customer
      * mei note Charged twice after a cancellation that missed the second contract. 290 EUR returned. Be extra kind.
      ... 6d
      them: The money has arrived. I wanted to say that too.
      mei: Thank you for telling us, Tania. If you ever sail again, the first month is on me.
      them: Careful, I might take you up on that ⛵
      + mei 😊
      ... 2d
      them: Hypothetically. If I started again with one boat. Which plan?
    `,
  },
  {
    with: 'lucia_ferrer',
    at: 'harbor_support',
    ended: '8h 15m',
    script: `
      them: Hola! I try to import 1,200 customers from a CSV and it stops at row 417
      youssef: Hola Lucía! Row 417 has a phone number with a letter in it: "600 12O 334", an O instead of a zero.
      them: Nooo. Who typed that? (Me. It was me.)
      + youssef 😄
      youssef: I made the import skip such rows and list them at the end. Try again?
      them: 1,199 imported, 1 to fix. Perfecto ✨
      + youssef 🎉
      * youssef status Customer
      ... 4d
      them: Can I send all of them a message that we open on the 1st?
      youssef: Yes: Customers, select all, "Send news". Those who said no to news are left out automatically.
      + them 💚
    `,
  },
  {
    with: 'samir_kh',
    at: 'harbor_support',
    ended: '21h',
    script: `
      them: I do not receive the login code. Tried 5 times.
      mei: Hi Samir! After three codes our system waits 15 minutes, I have lifted that for you. Could you try once more?
      them: Still nothing
      mei: Your mail server says "mailbox full". Is that possible?
      them: ... 19,000 unread newsletters. Yes. That is possible
      + mei 😅
      mei: You can also get the code by text message, I sent one to the number ending in 41.
      them: In! Thank you
      + mei 👍
      ... 2d
      them: [gif] Unsubscribed from 300 newsletters. I feel reborn
      mei: Congratulations on your new life, Samir 😄
    `,
  },
  {
    with: 'yuki_aoki',
    at: 'harbor_support',
    ended: '4h 10m',
    script: `
      them: Hi! I ordered a Pier Kit two weeks ago (to Kamakura). Is there a tracking number?
      mei: Hi Yuki! It left Rotterdam on Monday. Tracking: https://parcel.example/t/HB-20417
      them: It says "waiting for customs"
      mei: Japan wants to know what a "pier kit" is 😄 I have sent them a description: a waterproof tablet holder, a QR board and eight screws.
      edit: Japan wants to know what a "pier kit" is 😄 I have sent them a description: a waterproof tablet holder, a QR board and twelve screws.
      them^1: haha, twelve screws, very important
      + mei 🔩
      ... 5d
      them: 届きました!Arrived! Looks great on the pier.
      + mei 🎉
      mei: よかったです! Would you share a photo? We collect piers.
      them: Sure, tomorrow with better light 📸
      ... 1d
      them: [image] Photo is on my profile now, with #pierkit
    `,
  },
  {
    with: 'billy_mac',
    at: 'harbor_support',
    ended: '10d 3h',
    script: `
      them: tablet died mid check-in. black screen. people staring at me
      youssef: Hold the power button for 12 seconds, and meanwhile everybody can check in with the QR code on the board.
      them: [video] its alive
      edit: it's alive
      + youssef ⚡
      youssef: It was at 1%. The charger in the box needs the longer cable when the sun cover is on.
      them: the cable was in the box the whole time wasnt it
      youssef: It was in the box the whole time.
      + them 😂
      * youssef archive
    `,
  },
  {
    with: 'fatou_nd',
    at: 'harbor_support',
    ended: '1d 9h',
    script: `
      them: Bonjour, est-ce que l'application marche sans internet ? Entre les îles du Saloum il n'y a pas de réseau.
      youssef: Bonjour Fatou ! Les check-in marchent hors ligne, mais pas encore les nouvelles réservations.
      them: Dommage. Ce serait très utile pour nos piroguiers.
      youssef: Je l'ajoute à la liste, vous êtes la onzième à le demander. Je vous écris dès que c'est prêt.
      + them 🙏
      * youssef tags Feature request
      * youssef note Offline bookings (Saloum, no network). Eleventh request.
      ... 27d
      youssef: Bonjour Fatou, ça y est : les réservations hors ligne sont là, dans la version 4.2. Vous étiez ma première pensée.
      them: Incroyable !! On essaie ce week-end.
      + youssef 🎉
      ... 3d
      them: 23 réservations sans réseau, tout est arrivé le soir. Mon père dit que c'est de la magie 🪄
      youssef: Dites à votre père que c'est la plus belle description de notre travail.
    `,
  },
  {
    with: 'wojtek_zagle',
    at: 'harbor_support',
    ended: '5d 8h',
    script: `
      them: Cześć, rezerwacje z telefonu pokazują się godzinę później niż na komputerze. Coś z czasem letnim?
      mei: Cześć Wojtek! My Polish ends here, sorry. Is the time zone of the boat "Warsaw" or "UTC+1"?
      them: UTC+1. Ah.
      mei: "Warsaw" knows about summer time, "UTC+1" stays where it is all year.
      them^1: Changed. Everything is right now. Dzięki!
      + mei 👍
      * mei archive
    `,
  },
  {
    with: 'elena_pap',
    at: 'harbor_support',
    ended: '17h',
    script: `
      them: Καλησπέρα! Οι πελάτες μας βλέπουν τις τιμές χωρίς ΦΠΑ. Πώς το αλλάζω;
      youssef: Καλησπέρα Ελένη! Settings, Prices, "Show with VAT". It changes the booking page at once.
      them: Το βρήκα, ευχαριστώ πολύ! 🇬🇷
      + youssef 🙌
      ... 8d
      them: Can two of us be logged in with the same account?
      youssef: Better: invite the second person as a user, it costs nothing and you see who changed what.
      them: Ωραία, το έκανα
      youssef: Τέλεια! Enjoy the season, Ελένη.
    `,
  },
  {
    with: 'gus_skipper',
    at: 'harbor_support',
    ended: '41d 7h',
    script: `
      them: where do i find the ical link for my phone calendar
      youssef: Hi Gus! Boats, the three dots, "Calendar link". One per boat.
      them: got it. one more. can i have ONE link for all boats
      youssef: Crew, your name, "Calendar link" gives you everything you are rostered for.
      them: even better. cheers
      + youssef 👍
      * youssef archive
    `,
  },
  {
    with: 'riverrun_rent',
    at: 'harbor_support',
    ended: '15h 30m',
    script: `
      them: Hello, we hit "429 too many requests" when syncing availability every 10 seconds for 60 canoes. What do you recommend?
      youssef: Hello! Instead of asking for each canoe, ask once for all changes since your last call: https://docs.harbor-co.example/sync
      them: One call instead of 60, understood. Why did we not see this
      youssef: Because it was on page 9. It is on page 1 since today.
      + them 👏
      * youssef tags Developer
      * youssef status Customer
      ... 6d
      bot: Your plan includes 18 of 20 boats. You can add two more before the next step up.
      them: Thanks, that is a helpful reminder. Two more kayaks on Monday then.
      youssef: See you on Monday, all 62 of you 🛶
    `,
  },
  {
    with: 'arjun_devs',
    at: 'harbor_support',
    ended: '9d 4h',
    script: `
      them: Is there a sandbox for the API? I do not want to book real boats while I test
      youssef: There is: every account has a test harbour, with three boats that do not exist and never sink.
      them: Boats that never sink, finally a reliable dependency
      + youssef 😂
      youssef: Keys are under Settings, Developers. Test keys start with "test_".
      them: Perfect, thanks a lot
      * youssef tags Developer
      youssef: Have fun, and tell us what breaks.
    `,
  },
  {
    with: 'olena_kayak',
    at: 'harbor_support',
    ended: '2d 2h',
    script: `
      them: Добрий день! Чи можна повернути гроші клієнту частково?
      mei: Добрий день, Олено! Yes: open the booking, Refund, and type the amount. The fee is returned in the same proportion.
      them: Дякую, вийшло! І ще: чи бачить клієнт причину?
      mei: Only if you tick "tell the customer why". It is off by default.
      + them 👍
      - them 👍
      + them 💛
      * mei status Customer
    `,
  },
  {
    with: 'tomoko_sup',
    at: 'harbor_support',
    ended: '31d 3h',
    script: `
      them: Hi, how do I change the photo of my SUP boards? It shows a sailing boat
      mei: Hi Tomoko! Boats, pick the board, tap the picture. The sailing boat is only there until you choose one.
      them: It was a nice boat though 😄 changed, thank you
      + mei 😊
      * mei archive
    `,
  },
]
