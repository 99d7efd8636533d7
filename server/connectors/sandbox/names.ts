import { type Chance, chance } from './chance.ts'
import type { PersonFacts } from './people.ts'

export interface Identity {
  username: string
  displayName: string
}

/** How somebody is called who did not say. The same id is always called the same. */
export function inventIdentity(seed: string): Identity {
  const luck = chance(`${seed} name`)
  const first = luck.pick(firstNames)
  const last = luck.pick(lastNames)
  return { username: inventUsername(luck, first, last), displayName: inventDisplayName(luck, first, last) }
}

/** For when the invented name is taken: likely to be free, and still believable. */
export function inventAnotherUsername(seed: string, attempt: number): string {
  const luck = chance(`${seed} name ${attempt}`)
  const stem = `${asciiName(luck.pick(firstNames))}_${asciiName(luck.pick(lastNames))}`.slice(0, 11)
  return `${stem}${luck.between(10, 9999)}`
}

/** What else a profile says, as its owner might have filled it in. */
export function inventFacts(seed: string, joinedBefore: Date): PersonFacts {
  const luck = chance(`${seed} facts`)
  const followerCount = luck.pick([0, 40, 180, 420, 950, 2_300, 8_100, 31_000]) + luck.between(0, 97)
  const joinedDaysAgo = luck.between(90, 4_000)
  return {
    bio: luck.oneIn(6) ? null : inventBio(luck),
    location: luck.oneIn(3) ? null : luck.pick(places),
    websiteUrl: luck.oneIn(4) ? `https://${luck.pick(siteNames)}.example` : null,
    badge: luck.oneIn(5) ? 'blue' : null,
    profileType: 'personal',
    professionalCategory: luck.oneIn(6) ? luck.pick(categories) : null,
    isProtected: luck.oneIn(20),
    followerCount,
    followingCount: luck.between(30, 900),
    postCount: luck.between(5, 6_000),
    engagementCount: luck.between(10, 9_000),
    listedCount: luck.between(0, Math.ceil(followerCount / 200)),
    bannerUrl: null,
    accountStatus: 'active',
    createdAt: new Date(joinedBefore.getTime() - joinedDaysAgo * 86_400_000).toISOString(),
    lastActiveAt: null,
  }
}

function inventUsername(luck: Chance, first: string, last: string): string {
  const name = asciiName(first)
  const family = asciiName(last)
  const spelled = luck.pick([
    () => `${name}_${family}`,
    () => `${name}${family}`,
    () => `${name}${family.charAt(0)}${luck.between(2, 99)}`,
    () => `${name.charAt(0)}${family}${luck.between(70, 99)}`,
    () => `${family}_${name.charAt(0)}${luck.between(1, 9)}`,
    () => `${luck.pick(nicknames)}_${name}`,
  ])
  return spelled().slice(0, 15)
}

function inventDisplayName(luck: Chance, first: string, last: string): string {
  const shown = luck.pick([
    () => `${first} ${last}`,
    () => `${first} ${last}`,
    () => `${first} ${last}`,
    () => first,
    () => `${first} ${last.charAt(0)}.`,
    () => `${first} ${luck.pick(emblems)}`,
  ])
  return shown()
}

function inventBio(luck: Chance): string {
  const job = luck.pick(jobs)
  const love = luck.pick(loves)
  const written = luck.pick([
    () => `${job}. ${love}.`,
    () => `${job} by day, ${love.toLowerCase()} by night`,
    () => `${job} | ${love} | opinions are my own`,
    () => `${love}. Sometimes also ${job.toLowerCase()}.`,
    () => job,
  ])
  return written()
}

/** What X lets a username consist of. */
function asciiName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
}

const firstNames = [
  'Amara',
  'Ana',
  'Anders',
  'Aiko',
  'Bea',
  'Bruno',
  'Camille',
  'Chidi',
  'Clara',
  'Dalia',
  'Dan',
  'Elif',
  'Emeka',
  'Emma',
  'Farah',
  'Felix',
  'Freya',
  'Gabriel',
  'Hana',
  'Hugo',
  'Imani',
  'Ines',
  'Ivan',
  'Jonas',
  'Joy',
  'Julia',
  'Kai',
  'Karim',
  'Kofi',
  'Lara',
  'Leo',
  'Lina',
  'Lucía',
  'Mateo',
  'Maya',
  'Mei',
  'Mina',
  'Nadia',
  'Naoki',
  'Nico',
  'Noor',
  'Olivia',
  'Omar',
  'Petra',
  'Priya',
  'Quinn',
  'Rafael',
  'Renée',
  'Rosa',
  'Ruben',
  'Sam',
  'Sara',
  'Selin',
  'Sofia',
  'Tariq',
  'Theo',
  'Tomás',
  'Uma',
  'Vera',
  'Victor',
  'Wanjiru',
  'Yara',
  'Yusuf',
  'Zoe',
] as const
const lastNames = [
  'Abebe',
  'Andersen',
  'Almeida',
  'Baker',
  'Bauer',
  'Castillo',
  'Chen',
  'Costa',
  'Demir',
  'Dubois',
  'Eriksen',
  'Farouk',
  'Fischer',
  'Fontaine',
  'García',
  'Haddad',
  'Hansen',
  'Hoffmann',
  'Ito',
  'Jansen',
  'Kamau',
  'Kaya',
  'Keller',
  'Khan',
  'Kowalski',
  'Laurent',
  'Lindqvist',
  'Lopez',
  'Mbeki',
  'Meyer',
  'Moreau',
  'Nakamura',
  'Novak',
  'Okafor',
  'Okoye',
  'Olsen',
  'Park',
  'Patel',
  'Pereira',
  'Petrov',
  'Quintero',
  'Rahman',
  'Reyes',
  'Rossi',
  'Sato',
  'Schmidt',
  'Silva',
  'Singh',
  'Sørensen',
  'Tanaka',
  'Torres',
  'Vargas',
  'Virtanen',
  'Walker',
  'Weber',
  'Wilson',
  'Yilmaz',
  'Zhang',
] as const
const nicknames = ['its', 'hey', 'the', 'real', 'ask', 'just', 'dear', 'mr', 'dr', 'oh'] as const
const emblems = ['🌱', '☕', '📷', '🚲', '🎧', '🌊', '🛠️', '📚', '🧩', '✈️'] as const
const jobs = [
  'Product designer',
  'Indie founder',
  'Backend engineer',
  'Physiotherapist',
  'Freelance illustrator',
  'Bakery owner',
  'Data analyst',
  'Community manager',
  'High school teacher',
  'Landscape photographer',
  'Growth marketer',
  'Podcast host',
  'Bike mechanic',
  'Translator',
  'Real estate agent',
  'Newsletter writer',
  'Game developer',
  'Wedding planner',
] as const
const loves = [
  'Coffee first',
  'Trail running',
  'Sourdough and sci-fi',
  'Collecting maps',
  'Building in public',
  'Vinyl and long walks',
  'Learning Portuguese',
  'Open source',
  'Two cats',
  'Cold water swimming',
  'Board games',
  'Plants everywhere',
] as const
const places = [
  'Lisbon',
  'Berlin, Germany',
  'Nairobi',
  'Toronto',
  'São Paulo',
  'Osaka, Japan',
  'Austin, TX',
  'Copenhagen',
  'Lagos',
  'Istanbul',
  'Melbourne',
  'Mexico City',
  'Manchester, UK',
  'Bengaluru',
  'Warsaw',
  'Remote',
  'Cape Town',
  'Lyon',
] as const
const siteNames = [
  'slowmornings',
  'northpier',
  'littlelanterns',
  'fieldnotebook',
  'paperboats',
  'studiojuniper',
  'bluekettle',
  'oddlyuseful',
] as const
const categories = [
  'Creator',
  'Entrepreneur',
  'Artist',
  'Software developer',
  'Photographer',
  'Writer',
  'Coach',
] as const
