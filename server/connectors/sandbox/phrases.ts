/** What people say. Kept apart from when they say it, so that it can grow without anybody having to read code. */

import type { AttachmentInput } from './attachments.ts'

type Phrases = readonly [string, ...string[]]

export const openers: Phrases = [
  'Hi! Saw your post from yesterday, had a quick question if you have a minute',
  'Hey, are you still taking on new customers?',
  'Hello 👋 a friend sent me your way',
  'hey, quick one: does this work with an existing account?',
  'Hi there, how much is it for a small team? We are four people',
  'Just wanted to say the last update is really good',
  'Hey! Do you ship to Portugal?',
  'Hi, I signed up this morning but never got the mail',
  'Loved the thread about onboarding. Is there a longer version somewhere?',
  'hello, who would I talk to about a partnership?',
  'Hey, is there a student discount by any chance?',
  'Hi! Can I book a demo for next week?',
]

export const followUps: Phrases = [
  'Any news on this?',
  'No rush at all, just checking in',
  'Oh and one more thing, can I export everything later?',
  'I tried it again and now it works, thank you',
  'We talked about it internally, everybody is on board',
  'Would Thursday work for a short call?',
  'Sorry for the late answer, busy week',
  'Sent it over to my colleague, she will take a look',
  'Is the price per seat or for everybody?',
  'That sounds good to me',
  'Could you send me the link again? Cannot find it anymore',
  'Okay, we are ready to start whenever you are',
  'haha exactly',
  'Ah wait, I found the setting. All good!',
  'Do you have an invoice for that?',
]

/** What people attach, and what they say with it. */
export const enclosures: readonly [Enclosure, ...Enclosure[]] = [
  { content: 'This is what I see', attachments: [{ kind: 'image' }] },
  { content: '', attachments: [{ kind: 'image' }] },
  { content: 'Before and after 😄', attachments: [{ kind: 'image' }, { kind: 'image' }] },
  { content: '', attachments: [{ kind: 'audio', readyAfterMs: 2_500 }] },
  { content: '', attachments: [{ kind: 'gif' }] },
  { content: 'It stops right here', attachments: [{ kind: 'video', readyAfterMs: 5_000 }] },
  { content: 'Signed, here you go', attachments: [{ kind: 'file', filename: 'offer, signed.pdf' }] },
  { content: 'Our opening hours, if that helps', attachments: [{ kind: 'file', filename: 'opening hours.pdf' }] },
  {
    content: 'Did you see this? https://harbour-weekly.example/summer',
    attachments: [
      {
        kind: 'card',
        url: 'https://harbour-weekly.example/summer',
        title: 'Small harbours, big summer',
        description: 'Why the nicest berths are booked by Thursday.',
      },
    ],
  },
]

interface Enclosure {
  content: string
  attachments: AttachmentInput[]
}

export const greetings: Phrases = [
  'Hey! Nice to hear from you',
  'Hi 👋',
  'Hello! How are you?',
  'Hey hey, thanks for reaching out',
  'Good to hear from you! What is up?',
]

export const thanksBack: Phrases = [
  'You are welcome!',
  'Sure, any time',
  'Of course 🙌',
  'No problem at all',
  'Happy to help',
  'Glad it helped',
  'My pleasure!',
  'Not at all, thank you for asking',
  'Always',
  'Any time, really',
]

export const priceTalk: Phrases = [
  'That is a bit more than I planned, is there a smaller plan?',
  'Okay, that works for our budget',
  'Hm, let me check with my team about the budget first',
  'Is that monthly or yearly?',
  'Fair price. Is there a discount if we pay for a year?',
  'Good to know. Does that include support?',
  'Our finance people will want an invoice, is that possible?',
  'We pay about the same for our current tool',
  'Thanks! And if we add two people later?',
  'Alright, I will put it into the budget for next quarter',
]

export const linkTalk: Phrases = [
  'Thanks, opening it now',
  'Just had a look, this is helpful',
  'Saved it, will read it tonight',
  'Oh nice, did not know this page existed',
  'The link works, thank you!',
  'Got it, I will forward it to the others',
  'That answers half of my questions already 😄',
  'Opened it on my phone, will look properly at my desk',
  'Perfect, exactly the page I was looking for',
  'Is there a version of this in Spanish?',
]

export const timeTalk: Phrases = [
  'Thursday afternoon would be great for me',
  'Tomorrow works! Some time after 2?',
  'This week is full, how about Monday?',
  'Any time after lunch is fine',
  'Let me look at my calendar and get back to you',
  'Wednesday morning is free on my side',
  'Could we do it early, say 9:30?',
  'Next week is better, I am travelling until Friday',
  'Works for me. Shall I send an invitation?',
  'Friday at noon? After that I am out',
  'Either day is fine, you choose',
  'Sure, just send me a slot',
  'I have half an hour on Tuesday before 11',
]

export const apologiesAccepted: Phrases = [
  'No worries at all',
  'It happens, do not worry',
  'All good, thanks for telling me',
  'Thanks for being open about it',
  'No harm done',
  'Do not worry, we managed',
  'Appreciate the quick word',
  'Fine with me, these things happen',
]

export const yesOrNoAnswers: Phrases = [
  'Yes, definitely',
  'Yes please!',
  'I think so, yes',
  'Not really, to be honest',
  'Hm, not sure yet. Can I think about it?',
  'No, not so far',
  'Yep',
]

export const openAnswers: Phrases = [
  'Good question. Mostly for our support messages, I would say',
  'We are five people, spread over three time zones',
  'Found you through a friend',
  'A bit of everything really, that is the problem 😅',
  'It depends on the week, usually a few dozen a day',
  'I would have to look that up, give me a moment',
]

export const agreements: Phrases = [
  'Makes sense',
  'Got it, thank you',
  'Sounds good!',
  'Okay, perfect',
  'Alright, I will try that',
  'Good to know',
  'Ah I see, that explains it',
  'Interesting, tell me more',
]

export const afterthoughts: Phrases = [
  'Oh, and thank you for the quick answer',
  'Also, is there a mobile app?',
  'By the way, love the new logo',
  'One more thing: can I add a second person later?',
  'I will tell my colleague too',
]

export const goodbyes: Phrases = [
  'I have to run now, let us talk later!',
  'Have to jump into a meeting, talk soon',
  'That is all from my side for today, thank you!',
  'Okay, off for today. Thanks for everything 👋',
]

export const reactionEmojis: Phrases = ['❤️', '👍', '😂', '🔥', '🙌', '🎉', '👀', '💯']
