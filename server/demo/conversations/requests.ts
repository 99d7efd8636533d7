import type { Conversation, LookedUp } from '../script.ts'

/** People who wrote and have not been answered. */
export const requests: readonly Conversation[] = [
  {
    with: 'growth_gary',
    at: 'harbor_co',
    ended: '1d 2h',
    script: `
      them: 🚀 Hey @harbor_co !! Want 10,000 REAL followers in 7 days?? Our clients 10X their reach. Reply "BOOST" for a FREE audit 👉 https://boost-fast.example/audit
      ... 20h
      them: Did you see my message? Only 3 spots left!! ⏰
    `,
  },
  {
    with: 'cryptoquay',
    at: 'harbor_co',
    ended: '3d 7h',
    script: `
      them: GM ☀️ We are launching $QUAY, the first token for marinas. Listing partners get 2% of the supply. $QUAY to the moon with @harbor_co? #web3 #boating
    `,
  },
  {
    with: 'seo_ninja_lena',
    at: 'harbor_support',
    ended: '6d 4h',
    script: `
      them: Dear sir, I was surfing your website and found 37 critical errors. I can rank you on FIRST page. Shall I send a proposal?
      * mei archive
    `,
  },
  {
    with: 'nils_boothaus',
    at: 'harbor_co',
    ended: '38m',
    script: `
      them: Hei! Rowing boats on a lake near Tampere, 14 of them. Is there a plan for really small places? We are open ten weeks a year.
      them: And can we pause it in winter? ❄️
    `,
  },
  {
    with: 'mina_kovac',
    at: 'harbor_co',
    ended: '17m',
    script: `
      them: Hi! I run a sailing school in Split, 12 boats, and I am tired of spreadsheets 🙃
      them: [card https://split-sailing.example/courses Courses for people who get seasick] This is us: https://split-sailing.example/courses
      them: A friend (@captainlu) swears by you. Could somebody show me how you handle courses that run over several days?
    `,
  },
  {
    with: 'elif_tekne',
    at: 'harbor_co',
    ended: '4h 25m',
    script: `
      them: Merhaba, Göcek'te günübirlik tekne turu yapıyoruz. Kişi başı rezervasyon alabiliyor muyuz, yoksa sadece bütün tekne mi?
    `,
  },
  {
    with: 'linh_tran_hl',
    at: 'harbor_co',
    ended: '11h',
    script: `
      them: Xin chào, tôi có 5 du thuyền ở Hạ Long. Harbor có hỗ trợ tiếng Việt và thanh toán bằng VND không ạ?
    `,
  },
  {
    with: 'jordan_private',
    at: 'harbor_support',
    ended: '2h 50m',
    script: `
      them: hi sorry to bother, booked a kayak for sat with "Bay Kayaks" through your page and got no mail. my ref is BK-7731
      edit: hi sorry to bother, booked a kayak for saturday with "Bay Kayaks" through your page and got no mail. my reference is BK-7713
    `,
  },
  {
    with: 'ayo_bello',
    at: 'harbor_co',
    ended: '20h',
    script: `
      them: Hello! I am a frontend engineer and a dinghy sailor, and your job page says "we answer everybody". So: hello 👋 My work: https://ayo-bello.example
    `,
  },
  {
    with: 'omar_felucca',
    at: 'harbor_co',
    ended: '1d 11h',
    script: `
      them: مساء الخير، عندي ٨ فلوكات في أسوان وأغلب الزبائن سياح. هل يقدر الزبون يحجز بدون ما ينزّل تطبيق؟
    `,
  },
  {
    with: 'giulia_velista',
    at: 'harbor_support',
    ended: '9h 35m',
    script: `
      them: Ciao, ho prenotato una barca per domani ma il ristorante del porto dice che è già affittata?? Prenotazione 55812
      them: ok trovato, era il porto sbagliato 🤦‍♀️ scusate!!
    `,
  },
  {
    with: 'sunny_promo',
    at: 'harbor_support',
    ended: '12d 5h',
    script: `
      them: Congratulations! Your page was selected for a verified partner badge. Confirm within 24h: https://badge-check.example/login
      delete: all
      * youssef archive
    `,
  },
  {
    with: 'hiro_umi',
    at: 'harbor_co',
    ended: '6h 30m',
    script: `
      them: はじめまして。田中さん(逗子)の紹介です。葉山で貸しヨットをしています。料金表をいただけますか?⚓
    `,
  },
  {
    with: 'ben_and_boats',
    at: 'harbor_support',
    ended: '1h 5m',
    script: `
      them: Morning! Does anybody there know why my customers see "sold out" for August? We have not even opened August yet
    `,
  },
]

/** People a member looked up and wrote a first message to, or meant to. */
export const opened: readonly Conversation[] = [
  {
    with: 'delta_ferries',
    at: 'harbor_co',
    ended: '2d 20h',
    script: `
      tom: Hello Delta Ferries, congratulations on the new line to Texel! Should you ever want seats and bikes in one booking: that is what we do. Tom from Harbor
      * tom tags Charter
    `,
  },
  {
    with: 'canal_cleaners',
    at: 'harbor_co',
    ended: '7d 5h',
    script: `
      ines: Hi! We would like to lend you two electric boats for the clean-up in September, through one of our customers. No logo needed.
      * ines note Lend two electric boats in September.
    `,
  },
  {
    with: 'vera_lighthouse',
    at: 'harbor_co',
    ended: '15h 10m',
    script: `
      * mei open
      * mei note Lighthouse stays, asked in a comment whether Harbor does rooms. Write to her when the rooms pilot starts.
      * mei tags Feature request
    `,
  },
]

/** Opened once, and nobody wrote: out of sight until somebody does. */
export const lookedUp: readonly LookedUp[] = [
  { with: 'finn_dinghy', at: 'harbor_co', by: 'tom', ago: '34d 6h' },
  { with: 'carla_puerto', at: 'harbor_co', by: 'tom', ago: '27d 4h' },
  { with: 'delta_ferries', at: 'harbor_support', by: 'mei', ago: '20d 3h' },
  { with: 'silent_sam', at: 'harbor_support', by: 'youssef', ago: '12d 7h' },
]
