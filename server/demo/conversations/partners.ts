import type { Conversation } from '../script.ts'

export const partners: readonly Conversation[] = [
  {
    with: 'nadia_writes',
    at: 'harbor_co',
    ended: '1h 30m',
    script: `
      them: Hi, Nadia Benali, I write about small businesses for The Quay Weekly. I am working on a piece on how boat rentals survive the winter. Would you talk?
      ines: Hi Nadia, I read your piece on the last ferry captain, wonderful. Yes, gladly. When?
      them: Thank you! Wednesday or Thursday, 30 minutes?
      ines: Thursday 15:00. And I can introduce you to two of our customers if they agree.
      + them 🙌
      * ines tags Press
      * ines assign ines
      * ines note Piece about boat rentals in winter. Introduce Jonas (houseboats) and Zuri (dhows), both agreed.
      ... 4d
      them: That was a great conversation. One fact check: you said 61% of bookings come after office hours?
      ines: 63%, I looked it up: between 18:00 and 09:00, last twelve months, 412 harbours.
      them^1: Noted. It comes out on Friday
      ... 8d
      them: It is out! https://quayweekly.example/winter-boats
      + ines ❤️
      ines: Nadia, this is beautiful. Jonas printed it and hung it on boat 7.
      them: Tell Jonas boat 7 is my favourite. By the way, my editor wants a follow-up about deposits and trust. Would you be up for it?
    `,
  },
  {
    with: 'sailshare_hq',
    at: 'harbor_co',
    ended: '7h 10m',
    script: `
      them: Hello Harbor team! SailShare lists 6,000 boats and many of our owners ask for a connection with your calendar. Shall we build it?
      ines: Hello! We get the same question from our side every week. Yes, let us.
      them: 🤝 Who is your technical person?
      ines: Youssef. He knows what a tide is and what a mutex is.
      + them 😄
      * ines tags Partner
      * ines status Qualified
      * ines assign youssef
      ... 6d
      youssef: Hi, Youssef here. I wrote down how I would split the work, two pages: https://docs.harbor-co.example/sailshare-draft
      them: Read by the whole team. We agree with everything but page 2, point 4 (who wins when both sell the last place)
      youssef^1: Fair. Proposal: whoever confirmed payment first wins, and the other side gets the next free boat offered.
      them: That works for us
      + youssef 👍
      ... 16d
      youssef: The connection has been running with five owners for a week. 214 bookings, no conflict.
      them: We see 214 too. That alone is worth celebrating 🎉
      + youssef 🎉
      + ines 🚀
      ... 5d
      them: Marketing would like to announce it on the 1st. Joint post from @sailshare_hq and @harbor_co?
      ines: Yes please. Draft: "Your boat, twice as visible, never twice booked." #sailing #boatrental
      edit: Yes please. Draft: "Your boat: twice as visible, never booked twice." #sailing #boatrental #SailShare
      them: Love it. Signed off on our side.
      + ines 💙
      ines: Then the 1st it is. I will bring the cake to the call 🎂
    `,
  },
  {
    with: 'port_vlissingen',
    at: 'harbor_co',
    ended: '2d 5h',
    script: `
      them: Dear Sir or Madam, the harbour authority is renewing its list of accepted booking systems for the public quay. Please find the procedure at https://port-vlissingen.example/booking-systems
      ines: Dear colleagues, thank you. We will hand in our documents before the end of the month.
      * ines tags Partner
      * ines assign ines
      ... 13d
      ines: The documents were sent by registered mail today, reference HC-0331.
      them: We confirm receipt of HC-0331. The review takes about four weeks.
      ... 19d
      them: The review of HC-0331 is complete. One question remains: who answers the emergency number outside office hours?
      ines: Our team on duty, in Dutch and English, around the clock: the number is on page 12.
      them: Thank you. With this the file is closed. Harbor is on the list as of the first of next month.
      + ines 🎉
    `,
  },
  {
    with: 'podcast_pia',
    at: 'harbor_co',
    ended: '10h 20m',
    script: `
      them: Hiii! I host "Low Tide Talks", a podcast about people who work near water. You HAVE to be on it 🎙️
      ines: Hi Pia! I listened to the oyster episode on the train and missed my stop. I would love to.
      them: Best compliment ever. Recording on the 9th at 17:00?
      ines: 17:00 works. What should I bring?
      them: A story you have never told. And water, haha
      + ines 😂
      * ines tags Press
      ... 9d
      them: That jetty story. I am still not over it. Episode 48 is live tomorrow!
      ines: Neither is the jetty. Thank you for making it so easy, Pia 🌊
      them: Sending you the clips for @harbor_co now, use whatever you like
      + ines 🙏
      ines: They are wonderful. Friday is full of you 💙
    `,
  },
  {
    with: 'tobi_invests',
    at: 'harbor_co',
    ended: '23d 8h',
    script: `
      them: Inês, big fan. We lead seed rounds in vertical software. After $TABL went public for restaurants, who is doing it for water? You. Raising?
      ines: Hi Tobias, thank you. Not raising: we are 11 people and our customers pay for us.
      them: Respect. Would you meet anyway, no agenda? I have a $TABL story you will like
      ines: In autumn, with pleasure. Summer belongs to the boats.
      + them 👍
      * ines note Investor, friendly. Not raising. Coffee in autumn.
      * ines archive
    `,
  },
  {
    with: 'aisha_rahmani',
    at: 'harbor_co',
    ended: '5d 6h',
    script: `
      them: Hey! I make travel videos (340k here, 1.1M elsewhere). Looking for a houseboat week in exchange for a film. Anyone among your customers?
      tom: Hey Aisha! Love the Danube series. Jonas on the Müritz might be up for it, may I pass on your name?
      them: Yes please! Dates are flexible, as long as there is a sunset
      + tom 🌅
      * tom tags Press
      * tom value 0
      ... 7d
      tom: Jonas says yes, if you film the handover too. First week of June?
      them: First week of June it is 🎬 Writing to him now!
      + tom 🎉
      tom: Have a great trip, and film Jonas when he talks about fenders.
    `,
  },
  {
    with: 'regatta_cup',
    at: 'harbor_co',
    ended: '18d 3h',
    script: `
      them: Hello! The Sunset Cup (60 boats, 3 days) looks for a partner for entries and berths. Interested?
      tom: Hello! Entries we do not do, berths we do. What would you expect from a partner?
      them: 3,000 euros or the software for free plus two people on site
      tom: Software for free and one person with good jokes, that is our offer.
      them: Who is the person?
      tom: Me.
      + them 😂
      them: Let me ask the committee. They like jokes less than I do.
      ... 3d
      them: They said yes!
      + tom ⛵
      * tom tags Partner
      * tom status Customer
      tom: I start collecting jokes tonight. The berths will be ready a week before.
    `,
  },
  {
    with: 'lars_research',
    at: 'harbor_co',
    ended: '9d 9h',
    script: `
      them: Dear Harbor team, I study how coastal towns share public piers (master's thesis, Delft). Could I interview somebody for 20 minutes?
      youssef: Hi Lars, with pleasure. I can also give you numbers without names: bookings per pier and hour, three towns.
      them: That would be more than I hoped for!!
      delete: all
      them: That would be more than I hoped for. Thank you!
      + youssef 😊
      ... 5d
      youssef: The tables are in your mail, with a page on how they were made.
      them^1: This page on how they were made is what every data set should have. Thank you, Youssef.
      * youssef archive
    `,
  },
  {
    with: 'studio_marlin',
    at: 'harbor_co',
    ended: '4d 2h',
    script: `
      them: Hi Inês, new flag mockups: https://studio-marlin.example/harbor-flags (the orange one moves in the wind like crazy)
      ines: The orange one. Obviously the orange one.
      + them 🧡
      them: 40 pieces, ready in ten days. Invoice to the usual address?
      ines: Usual address. Thank you, they look fantastic.
      ... 7d
      them: Shipped! 40 flags and one surprise
      app: They arrived!! The surprise is on my desk and everybody is jealous
      + them 😎
    `,
  },
  {
    with: 'tessa_translates',
    at: 'harbor_co',
    ended: '13h 40m',
    script: `
      mei: Hi Tessa, we need the booking page in Dutch and Flemish. 3,200 words, mostly short. Would you have time in May?
      them: Hi Mei! Yes. Small secret: Flemish and Dutch share 3,150 of those words 😉
      mei: Then we need 3,250 words I suppose 😄
      * mei tags Partner
      them: First half is done: https://drive.example/harbor-nl
      + mei 🎉
      ... 3d
      mei: Read it, it is lovely. Why "ligplaats" and not "aanlegplaats" for berth?
      them^1: "Aanlegplaats" is where you stop, "ligplaats" is where you stay. Your customers stay.
      mei: They do. Invoice approved, see you in part two!
      them: Part two comes on Monday 📬
      mei: Looking forward to it 🇳🇱🇧🇪
    `,
  },
]
