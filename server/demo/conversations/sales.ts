// Long because it is a list: what is said in the demo about buying. Each conversation stands on its own.

import type { Conversation } from '../script.ts'

export const sales: readonly Conversation[] = [
  {
    with: 'marie_delab',
    at: 'harbor_co',
    ended: '26m',
    script: `
      them: Bonjour ! Nine boats, two skippers, and one paper diary that fell into the water this morning. I think it is a sign 😅
      them: Does Harbor work for a small charter in La Rochelle?
      ines: Bonjour Marie! First of all: rest in peace, diary. And yes, nine boats is right in the middle of what we do.
      ines: Do you rent by the half day, or longer?
      them^1: Both. Half days in June, whole weeks in August, and my brother in law whenever he wants.
      + ines 😂
      ines: Then this is the page to read first: https://harbor-co.example/charter and the brother-in-law setting is called "owner bookings".
      them: Parfait. Can I try it before I decide?
      * ines status Qualified
      * ines tags Charter
      ines: Of course. 21 days, no card. I just opened a trial under your e-mail, with the boats from your site already in it.
      them: You are quick! Merci
      + them ❤️
      * ines status Trial
      * ines value 948
      ... 10d
      them: Small report: two weekends, no double booking. My brother in law is furious.
      them: One question. The deposit, is it blocked on the card or really charged?
      tom: Hi Marie, Tom here, I look after charters. Blocked only: it is released 48 hours after the boat is back.
      edit: Hi Marie, Tom here, I look after charters. Blocked only: it is released 72 hours after the boat is back, or earlier if you press "all good".
      them^1: 72 is perfect, my customers are slow to tell me about scratches
      * tom assign tom
      * tom note Nine boats, season from April. Wants deposits blocked, not charged. The brother-in-law is the real decision maker.
      ... 24d
      tom: Bonjour Marie! Your trial was extended to the end of the month, as promised. Anything missing before you decide?
      them: The French invoice. It says "VAT" where my accountant wants "TVA"
      tom: Fixed since this morning, in fact. Settings, Invoices, Language.
      them: Incroyable. Okay, I take the Sloop plan, yearly.
      + tom 🎉
      * tom status Customer
      * tom tags VIP
      ... 26d
      them: Hello Tom, is it possible to move our call to Thursday 10:00? The mistral has opinions about Wednesday.
      tom: Thursday 10:00 it is. New invite is on its way.
      + them 👍
      them: And bring good news about the Pier Kit 😉
    `,
  },
  {
    with: 'captainlu',
    at: 'harbor_co',
    ended: '3m',
    script: `
      them: Ciao! We run 31 boats between Amalfi and Capri. Everybody tells me "Luca, use software". So. Convince me.
      tom: Ciao Luca! Challenge accepted. What do you use today?
      them: WhatsApp. Seven groups. And my mother.
      tom: Honest answer: your mother is hard to beat. But she cannot take payments at 2 am, can she?
      them: You have not met her. But okay, continue 😄
      * tom status Qualified
      * tom tags Charter, VIP
      * tom assign tom
      tom: Three things at your size: one calendar for all jetties, online deposits, and crew rosters on every phone. 20 minutes, I show you with your own boats?
      them: Friday. After 21:00, when the boats sleep.
      * tom status Demo booked
      ... 3d
      tom: Thanks for the late call, Luca! As promised, the offer for the Fleet plan: https://harbor-co.example/offers/amalfi-31
      them: 190 a month, and the tablets for the three jetties?
      tom: Right, plus three Pier Kits at 249 each, once. If you sign for a year the kits are on us.
      * tom value 2280
      them: My mother likes it. That was the difficult part
      + tom ❤️
      + ines 🎉
      ... 18d
      them: Signed ✍️
      * ines status Customer
      ines: Benvenuto a bordo, Luca! Ines here, I started this company on a jetty not far from yours. Mei will set up the jetties with you.
      * ines note Signed for a year, Fleet plan, three Pier Kits included. Talk to his mother before changing anything about the calendar.
      ... 20d
      them: Question for the founder. When will Harbor speak Italian? My skippers pretend not to understand English
      ines: The app for skippers: in May. The booking page already does.
      them^1: In May we have no time to read. But good
      ... 9d
      them: Ines, we had 64 bookings on Sunday. SIXTY FOUR. Not one phone call
      + ines 🔥
      ines: That made my whole week. May I quote you on the site?
      them: Only with a photo of my mother
      ines: Deal 😂 I will ask her myself, so that it is official.
      them: [audio]
      them: She says Tuesday. Wear something blue.
    `,
  },
  {
    with: 'kenji_zushi',
    at: 'harbor_co',
    ended: '1h 12m',
    script: `
      them: はじめまして。逗子でセーリングスクールを運営しています。Harborは日本語に対応していますか?
      mei: はじめまして、田中さん。ご連絡ありがとうございます!予約ページは日本語に対応しています。管理画面は英語のみですが、7月に日本語版が出ます。
      them: ありがとうございます。生徒用の予約ページだけ日本語なら十分です 🙏
      * mei status Qualified
      * mei tags Sailing school
      them: In English for your team: 6 dinghies, 2 keelboats, about 80 students in the season.
      mei: Thank you! For schools we count boats, not students, so you would be on the Sloop plan (79 euros a month).
      + them 👍
      * mei assign mei
      * mei value 948
      ... 11d
      them: 体験版を使っています。レッスンの定員を設定できますか?
      mei^1: はい、「コース」→「定員」で設定できます。手順はこちらです: https://docs.harbor-co.example/ja/courses
      them: できました!
      + mei 🎉
      * mei status Trial
      ... 15d
      them: 台風で3日間休校にしました。全員に一度に連絡できて、とても助かりました。
      mei: 大変でしたね。皆さんご無事で何よりです。
      them: はい、船も無事です ⛵
      ... 4d
      them: 来週から有料プランに切り替えたいです。請求書払いはできますか?
    `,
  },
  {
    with: 'ahmad_bahri',
    at: 'harbor_co',
    ended: '47m',
    script: `
      them: السلام عليكم، عندنا شركة رحلات يخوت في دبي، ١٤ يخت. هل النظام يدعم الدفع بالدرهم؟
      youssef: وعليكم السلام أخ أحمد، أهلاً وسهلاً. نعم، الدفع بالدرهم مدعوم، والتحويل إلى حسابك خلال يومين عمل.
      them: ممتاز. وهل صفحة الحجز بالعربي؟
      youssef: صفحة الحجز بالعربي كاملة ومن اليمين لليسار. هذا مثال: https://harbor-co.example/ar/demo
      + them 👍
      * youssef status Qualified
      * youssef tags Charter
      * youssef value 2280
      ... 6d
      them: شفت الصفحة مع الفريق. نحتاج شيئين: فاتورة ضريبية، وربط مع تقويم القباطنة.
      youssef: الفاتورة الضريبية موجودة. وتقويم القباطنة يتزامن كل ٥ دقائق.
      edit: الفاتورة الضريبية موجودة. وتقويم القباطنة يتزامن مباشرة، وليس كل ٥ دقائق كما كتبت أولاً.
      them^1: حلو 👌 متى نقدر نشوف عرض؟
      youssef: يوم الثلاثاء الساعة ١١ بتوقيت دبي مناسب؟
      them: مناسب إن شاء الله
      * youssef status Demo booked
      * youssef assign youssef
      ... 2d
      them: بخصوص موعد الثلاثاء، ممكن يحضر معنا المدير المالي؟ عنده أسئلة عن العقد السنوي
    `,
  },
  {
    with: 'noa_hayam',
    at: 'harbor_co',
    ended: '5h 20m',
    script: `
      them: שלום, אנחנו מועדון שיט בחיפה עם 12 מפרשיות. יש לכם גרסה בעברית?
      ines: Shalom Noa! Not in Hebrew yet, I am sorry. The booking page can show right-to-left texts that you write yourself, would that help?
      them: כן, זה מספיק לנו בינתיים. כמה זה עולה למועדון?
      them: (Sorry, I switch languages without noticing. How much is it for a club?)
      ines: No worries at all! For clubs it is 79 euros a month, and members do not count, only boats.
      + them ❤️
      * ines status Qualified
      * ines tags Sailing school
      ... 2d
      them: הראיתי לוועד. הם רוצים לדעת אם אפשר לנהל רשימת המתנה
      ines^1: Tell the committee: yes, waiting lists per boat and per course, and people are told automatically when a place is free.
      them: תודה רבה! 🙏 They vote on Sunday.
      ines: Fingers crossed for Sunday, Noa. Write any time if the committee has questions.
    `,
  },
  {
    with: 'liwei_marina',
    at: 'harbor_co',
    ended: '9h',
    script: `
      them: 你好,我们在厦门有一个小型游艇码头,想了解一下泊位管理功能。
      mei: 李先生您好!泊位管理在 Fleet 方案里:泊位地图、合同、水电计费都有。
      them: 水电计费可以自动抄表吗?
      mei: 目前支持手动录入和 CSV 导入,自动抄表计划在今年秋天推出。
      + them 👌
      * mei status Qualified
      * mei tags Marina
      * mei value 2280
      ... 7d
      them: 我们讨论过了,可以先试用三个月吗?只用 20 个泊位。
      mei: 可以先免费试用 21 天,之后按月付费,随时可以停,这样行吗?
      them: 行,那先开通试用吧。
      * mei status Trial
      mei: 已开通,登录链接发到您的邮箱了 📮
      them: 收到,谢谢!
      + mei 🙌
      mei: 祝您使用愉快,有问题随时找我 🙂
    `,
  },
  {
    with: 'park_jihoon_kr',
    at: 'harbor_co',
    ended: '1d 3h',
    script: `
      them: 안녕하세요! 부산에서 요트 투어를 하고 있습니다. 하버 앱에서 카카오톡으로 예약 알림을 보낼 수 있나요?
      mei: 안녕하세요 지훈 님! 아직 카카오톡 알림은 없고 문자와 이메일만 됩니다. 웹훅으로 직접 연결한 고객은 있어요.
      them: 웹훅이면 저희 개발자가 할 수 있을 것 같아요. 문서 링크 부탁드려요
      mei: 여기 있습니다: https://docs.harbor-co.example/webhooks
      + them 🙏
      * mei status Qualified
      * mei tags Charter, Feature request
      * mei note Wants booking alerts in KakaoTalk. Their developer builds on our webhooks.
      ... 3d
      them: 어제 테스트 예약이 잘 왔습니다 ㅎㅎ 감사합니다!
      mei: 와, 빠르시네요! 다음 주에 팀이랑 통화 한번 할까요?
      them: 네 화요일 오후 좋습니다
      * mei status Demo booked
      mei: 좋아요! 화요일 오후 3시(부산 시간)로 초대장 보내 드렸어요 📅
    `,
  },
  {
    with: 'bootsverleih_m',
    at: 'harbor_co',
    ended: '2h 40m',
    script: `
      them: Moin! Wir verleihen Hausboote an der Müritz, 18 Stück. Könnt ihr Übergabeprotokolle mit Fotos?
      ines: Moin Jonas! Ja: Checkliste, Fotos, Unterschrift, alles am Handy. Der Kunde bekommt es als PDF.
      them: Auch ohne Netz? An unseren Stegen ist Funkloch 📵
      ines: Auch ohne Netz. Sobald das Handy wieder eins hat, wird übertragen.
      them: Das wollte ich hören
      + ines 💪
      * ines status Qualified
      * ines tags Charter
      ... 5d
      them: Haben es mit zwei Booten probiert. Läuft. Was kostet der Spaß für 18?
      tom: Hi Jonas, Tom hier. 18 boats fit the Sloop plan, 79 euros a month. I hope English is okay, my German only orders coffee.
      them^1: English is fine 😄 And in German coffee is enough to survive
      * tom assign tom
      * tom value 948
      * tom status Trial
      ... 17d
      tom: How did the first full weekend go?
      them: 18 handovers, 1 lost fender, 0 paper. We stay.
      + tom 🙌
      * tom status Customer
      ... 16d
      them: Two colleagues from Waren want to see it. Do you have a referral thing?
      tom: We do: one month free for you, one for them. Your link: https://harbor-co.example/r/mueritz
      them: Nice, sent it to both of them
      tom: Thank you Jonas, I will take good care of them!
    `,
  },
  {
    with: 'sofia_rib',
    at: 'harbor_co',
    ended: '6h 5m',
    script: `
      them: Olá! Tenho 40 caiaques e 12 pranchas de SUP em Lagos. O Harbor faz sentido para caiaques?
      ines: Olá Sofia! Faz, sim. Cada tipo de caiaque conta como um barco só, por isso ficava no plano Dinghy: 29 euros por mês.
      them: A sério? Estava à espera de pagar por caiaque 😮
      + ines 😄
      ines: A sério. Contamos o que se reserva, não o que flutua.
      * ines status Qualified
      * ines value 348
      ... 1d
      them: Já criei a conta. Dá para fechar reservas quando há bandeira vermelha?
      ines: Dá: "Tempo e mar" → fechar automaticamente acima de um metro de ondulação.
      + them 🤩
      * ines status Trial
      ... 12d
      them: Fechou sozinho ontem às 11:40. Às 11:50 já havia ondas na esplanada. Estou apaixonada por este software
      + ines ❤️
      ines: Isto vai direto para a parede do escritório! Obrigada, Sofia.
      * ines status Customer
      them: 🥰🌊
    `,
  },
  {
    with: 'deniz_gulet',
    at: 'harbor_co',
    ended: '3d 2h',
    script: `
      them: Merhaba, Bodrum'da 7 guletimiz var. Haftalık kiralama için uygun mu?
      tom: Merhaba Deniz! Weekly charters work well: you set the change-over day per boat, and gaps are never sold by the night.
      them: Good. And the captains get the passenger list as a PDF? The coast guard wants paper
      tom: Yes, with passport numbers if your form asks for them. They are deleted 30 days after the trip.
      + them 👍
      * tom status Qualified
      * tom tags Charter
      * tom value 948
      ... 8d
      tom: Any thoughts after the trial, Deniz?
      them: We liked it. My partner wants to wait until after the season. Can you ask me again in November?
      tom: Will do, I put it in my calendar. Rüzgarınız bol olsun!
      them: Haha, who taught you that? Çok sağ ol
      + tom 😄
      * tom note Ask again in November. His partner is the cautious one.
      tom: A customer in Göcek. I practised all week 😄
    `,
  },
  {
    with: 'fjordkajakk',
    at: 'harbor_co',
    ended: '11d 4h',
    script: `
      tom: Hi Ingrid, saw your post about answering 200 mails in one June week. That is exactly what Harbor takes off your hands. Worth ten minutes?
      them: Hei Tom. Depends. Does it know about tides?
      tom: It does. You set the window per launch site, and people only see the hours that have enough water.
      them: Okay, now I am listening 👂
      * tom status Qualified
      * tom assign tom
      tom: Here is a page with your launch site in it, made up bookings of course: https://harbor-co.example/try/fjord
      them: That is our actual pier! Creepy and impressive
      + tom 😅
      them: Wednesday 12:00?
      tom: Wednesday 12:00.
      * tom status Demo booked
      ... 4d
      them: Talked with my sister. We start a trial when the ice is gone
      * tom status Trial
      tom: The best reason to wait I ever heard ❄️ Everything is ready whenever you are.
    `,
  },
  {
    with: 'pete_thelock',
    at: 'harbor_co',
    ended: '14h',
    script: `
      them: Do you do narrowboats or is it all champagne and catamarans over there?
      tom: We do narrowboats, Pete. Champagne is a paid add-on.
      + them 😂
      them: Six boats on the Leeds and Liverpool. Top speed: a brisk walk. Price?
      tom: 79 a month up to 20 boats. Or 29 if you can live with five in the system.
      them: One of them is mostly a planter these days so five is about right
      * tom status Qualified
      * tom value 348
      tom: Then it is the Dinghy plan, and the planter may stay unregistered 🌱
      ... 1d
      them: Signed up. It asked for the boat's "maximum speed". I put 4. It asked if I was sure.
      + tom 😂
      tom: I am having that message removed today. In your honour.
      * tom status Trial
      ... 4d
      them: Had a hen do book online at midnight. Never spoke to a soul. Lovely.
      delete: all
      them: Had a hen do book AND pay online at midnight. Never spoke to a soul. Lovely.
      tom: Lovely indeed. Shall we call the plan after you?
      + them 😂
    `,
  },
  {
    with: 'greta_wind',
    at: 'harbor_co',
    ended: '29d 6h',
    script: `
      them: Hi, we compare three systems for our sailing club (Stockholm, 22 boats). Could you send prices for a year?
      tom: Hi Greta! Fleet plan, 22 boats: 190 a month, or 1,900 if you pay the year at once.
      * tom status Qualified
      * tom tags Sailing school
      * tom value 1900
      them: Thanks. Member login with our national eID, is that possible?
      tom: Not today, I am afraid. It is on the list for next year.
      ... 6d
      them: The board decided for another one, because of the eID. Your demo was the nicest though, I wanted you to know.
      tom: Thank you for telling me, Greta, that is kind. May I come back when we have it?
      them: Please do.
      + tom 🙏
      * tom status Lost
      * tom tags Feature request
      * tom note Lost because of eID login. Come back when we have it.
      * tom archive
    `,
  },
  {
    with: 'marina_kotor',
    at: 'harbor_co',
    ended: '33m',
    script: `
      them: Good morning from Marina Kotor Bay. We manage 140 berths and look for a system that shows free berths to visiting yachts. Whom may we speak to?
      ines: Good morning! With me, to begin with. Ines, founder. 140 berths is a good size for our berth map.
      them: Excellent. Our requirements are in this document: https://marina-kotor.example/rfq-berths
      ines: Read it. We fulfil 31 of the 34 points today. The other three I would rather discuss than promise.
      + them 👏
      * ines status Qualified
      * ines tags Marina, VIP
      * ines value 14500
      * ines assign ines
      ... 8d
      ines: Our answer to the document, with dates for the three open points: https://harbor-co.example/offers/kotor-140
      them: Received with thanks. The technical committee meets on the 14th.
      ... 10d
      them: The committee has questions about data protection. Where are the servers located?
      ines: In Frankfurt and Paris, or on your own machines if you prefer.
      them: Our own machines would be preferred. Is the price the same?
      ines: The licence is the same. Setup on your side is one day of work, 900 euros.
      * ines value 15400
      ... 12d
      them: We are pleased to inform you that the committee has chosen Harbor. The contract follows by post.
      + ines 🎉
      * ines status Customer
      ines: What wonderful news! Thank you for the trust. We would love to visit for the setup.
      them: You will be most welcome. Two small changes to the annex are coming by e-mail today.
      * ines note Contract by post, annex has two changes. On their own machines. Setup visit: ask Youssef for dates.
    `,
  },
  {
    with: 'priya_sails',
    at: 'harbor_co',
    ended: '2d 7h',
    script: `
      them: Hello from Kochi! Houseboats on the backwaters, 11 of them. Guests book cabins, not whole boats. Possible? 🚤
      youssef: Hello Priya! Possible: each cabin has its own calendar, and "whole boat" blocks them all.
      them: And breakfast choices per cabin?
      youssef: As a question in the booking form. The cook gets a list every evening.
      them: The cook will cry with joy
      + youssef 😄
      * youssef status Qualified
      * youssef tags Charter
      * youssef value 948
      ... 5d
      them: #monsoon is here, so we finally have time to set things up. Where do we begin?
      youssef: With the cabins: https://docs.harbor-co.example/cabins and shout when you get stuck.
      them: Shouting already 😅 the second boat says "overlapping cabins"
      youssef^1: Two cabins have the same name there. Call them "Lotus 1" and "Lotus 2" and the warning disappears.
      + them 🙏
      them: Works!!
      * youssef status Trial
      youssef: Hooray! Next are the meals, whenever the rain allows 🌧️
    `,
  },
  {
    with: 'owen_tide',
    at: 'harbor_co',
    ended: '19d 2h',
    script: `
      them: hey, university sailing society, zero budget, eight boats older than me. any chance of a student price?
      mei: Hey Owen! Societies get the Sloop plan for free, you only need to put our flag somewhere visible ⛵
      them: seriously?
      mei: Seriously. https://harbor-co.example/societies
      them: this is the best thing that happened to us since someone donated a kettle
      + mei 😂
      * mei status Customer
      * mei tags Sailing school
      ... 13d
      them: flag is up, photo on our page, tagged @harbor_co
      mei: It looks great! Shared it just now.
      * mei archive
    `,
  },
  {
    with: 'hana_kovacova',
    at: 'harbor_co',
    ended: '38d 5h',
    script: `
      them: Hi! I only rent out one boat. On weekends. Sometimes. Is Harbor too much for that?
      ines: Hi Hana! A little, honestly. A shared calendar and a friendly note would do. If it becomes three boats, come back 🙂
      them: I did not expect a company to tell me not to buy. Thank you!
      + ines ❤️
      * ines status Lost
      * ines note One boat. Told her to wait. Might grow.
      * ines archive
    `,
  },
  {
    with: 'zuri_dhow',
    at: 'harbor_co',
    ended: '4d 9h',
    script: `
      them: Habari! Dhow trips in Lamu. Most guests pay on arrival in cash or by phone. Do we still need cards for Harbor?
      youssef: Habari Zuri! No cards needed. Choose "pay on arrival" and Harbor only keeps the places.
      them: And if they do not come? 😬
      youssef: You can ask for a small deposit, or for a phone number that must be confirmed. Most dhow owners take the second.
      + them 💡
      * youssef status Qualified
      * youssef value 348
      ... 3d
      them: We tried with the phone number. 14 guests, 14 came. Asante sana!
      youssef: That is the best statistic I have seen this week.
      + them 😄
      * youssef status Trial
    `,
  },
  {
    with: 'mateo_rios',
    at: 'harbor_co',
    ended: '7h 45m',
    script: `
      them: Hola, tenemos kayaks y un velero en Valdivia. ¿Funciona con pesos chilenos?
      ines: ¡Hola Mateo! Sí, puedes cobrar en pesos. La suscripción la pagas en euros.
      them: ¿Y los fines de semana con otro precio?
      ines: Sí, precios por día, por temporada y hasta por marea si quieres.
      them: Por marea jajaja. Me convenciste
      + ines 😄
      * ines status Trial
      * ines value 348
      ... 9d
      them: Primer mes con Harbor: 52 reservas. El mes pasado fueron 31 📈
      + ines 🔥
      them: Una duda, ¿se puede exportar todo a Excel para mi contador?
      ines: Claro: Informes → Reservas → Exportar. Sale con IVA separado.
      them: Genial, se lo mando ahora mismo
      ines: ¡Perfecto! Si el contador necesita otro formato, avísame.
    `,
  },
  {
    with: 'chloe_paddle',
    at: 'harbor_co',
    ended: '5d 3h',
    script: `
      tom: Bonjour Chloé! We just opened Harbor for paddle clubs in Québec, with prices in Canadian dollars. You asked about it last autumn, so you are the first to know.
      ... 5d
      tom: No pressure at all, only in case it got buried: https://harbor-co.example/quebec
      * tom tags Sailing school
    `,
  },
  {
    with: 'blue_lagoon_bz',
    at: 'harbor_co',
    ended: '8d 6h',
    script: `
      them: Hi, dive shop in Belize here. Two boats, three trips a day. Can one booking hold divers AND snorkelers at different prices?
      tom: Hi! Yes, they are called seat types. Divers, snorkelers, and the friend who only wants the sandwich.
      + them 🤿
      them: the sandwich friend is 30% of our revenue
      * tom status Qualified
      * tom value 348
      tom: Then we understand each other. Trial is open, the link is in your mail.
      them: Got it, thanks
      * tom status Trial
      ... 5d
      tom: How is it going with the seat types?
      them: Good! Still need gear sizes in the form
      edit: Good! Still need gear sizes in the booking form
      edit: Good! Only missing: gear sizes (fins, wetsuit) in the booking form
      tom: "Questions per seat", second tab. Fins and wetsuits are there as a template.
      + them 🤯
    `,
  },
  {
    with: 'nkem_okafor',
    at: 'harbor_co',
    ended: '22d 1h',
    script: `
      them: Good afternoon. Lagos Boat Club, 26 boats, members only. We would need a login for members and no public page.
      ines: Good afternoon Nkem! That is our "club" mode: no public page, members log in with their phone number.
      them: Can a member book two boats on the same day?
      ines: You decide: limits per day, per month, and per household.
      + them 👍
      * ines status Qualified
      * ines value 2280
      ... 3d
      them: Thank you. The committee would like references of other clubs.
      ines: Two clubs agreed to talk with you, I introduced you by e-mail just now.
      delete: self
      ines: Two clubs agreed to talk with you. I introduced you by e-mail just now, the subject is "Boat clubs on Harbor".
      them: Received. We will speak with them this week.
      * ines assign tom
    `,
  },
  {
    with: 'ravi_catamaran',
    at: 'harbor_co',
    ended: '12d 8h',
    script: `
      them: Saw you at the boat show in Düsseldorf. You had the orange flag, right?
      tom: That was us! And you asked about catamarans with two skippers, I remember.
      them: Good memory 😄 any progress?
      tom: Crew rosters take two skippers since last week. https://harbor-co.example/changes
      + them 🙌
      * tom status Qualified
      * tom value 948
      ... 2d
      them: Nice. Let us talk after the regatta, end of the month
      tom: Good luck with the regatta!
      + them ⛵
    `,
  },
  {
    with: 'astrid_bay',
    at: 'harbor_co',
    ended: '1h 55m',
    script: `
      them: Hej! A friend at Fjordkajakk told me about you. We do seal safaris. Do you have something for "we only go if at least six people book"?
      mei: Hej Astrid! Yes: minimum group size. Under six, everybody is asked whether they want another date, and paid back if not.
      them: Automatically?
      mei: Automatically, 24 hours before. The seals are not informed.
      + them 🦭
      * mei status New
      them: Haha okay. And how much?
    `,
  },
]
