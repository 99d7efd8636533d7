import { chance } from './chance.ts'

/** A small picture of nobody in particular: a friendly face of simple shapes in soft colours. The same seed looks the same for ever. */
export function avatarSvg(seed: string): string {
  const luck = chance(`${seed} avatar`)
  const hue = luck.between(0, 359)
  const ground = `hsl(${hue} 62% 86%)`
  const clothes = `hsl(${(hue + luck.pick([40, 150, 180, 210])) % 360} 48% 58%)`
  const skin = luck.pick(skins)
  const hair = luck.pick(hairColours)
  const parts = [
    `<rect width="96" height="96" fill="${ground}"/>`,
    `<circle cx="${luck.between(8, 88)}" cy="${luck.between(6, 34)}" r="${luck.between(12, 26)}" fill="#fff" opacity=".35"/>`,
    luck.oneIn(3) ? `<path d="M24 46a24 26 0 0 1 48 0v32H24z" fill="${hair}"/>` : '',
    `<path d="M14 100a34 30 0 0 1 68 0z" fill="${clothes}"/>`,
    `<path d="M40 58h16v12a8 8 0 0 1-16 0z" fill="${skin}"/>`,
    `<ellipse cx="48" cy="44" rx="19" ry="21" fill="${skin}"/>`,
    luck.pick(hairShapes)(hair),
    luck.pick(eyeShapes),
    luck.pick(mouthShapes),
    luck.oneIn(4) ? glasses : '',
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="400" height="400" role="img">${parts.join('')}</svg>`
}

const ink = '#2a1f1f'
const skins = ['#f6d5bd', '#eec1a0', '#d9a27c', '#b87d56', '#8f5d3d', '#7d5138'] as const
const hairColours = ['#2b2220', '#4a3226', '#7a4e2d', '#b9854a', '#d9c08a', '#9a9aa5', '#b5523b'] as const
const hairShapes = [
  (colour: string) => `<path d="M28 44c-2-30 42-30 40 0-4-12-14-14-20-14s-16 2-20 14z" fill="${colour}"/>`,
  (colour: string) => `<path d="M27 46c-3-34 46-32 42-2-4-6-6-10-8-14-8 6-22 6-28 4-2 4-4 8-6 12z" fill="${colour}"/>`,
  (colour: string) => `<path d="M30 36c2-18 34-18 36 0-10-6-26-6-36 0z" fill="${colour}"/>`,
  (colour: string) =>
    `<circle cx="48" cy="17" r="9" fill="${colour}"/><path d="M28 42c0-26 40-26 40 0-6-10-12-12-20-12s-14 2-20 12z" fill="${colour}"/>`,
  (colour: string) =>
    `<g fill="${colour}"><circle cx="34" cy="29" r="9"/><circle cx="48" cy="25" r="10"/><circle cx="62" cy="29" r="9"/><circle cx="29" cy="39" r="5"/><circle cx="67" cy="39" r="5"/></g>`,
] as const
const eyeShapes = [
  `<g fill="${ink}"><circle cx="40" cy="45" r="2.4"/><circle cx="56" cy="45" r="2.4"/></g>`,
  `<g fill="none" stroke="${ink}" stroke-width="2" stroke-linecap="round"><path d="M37 46q3-4 6 0M53 46q3-4 6 0"/></g>`,
  `<g fill="${ink}"><ellipse cx="40" cy="45" rx="2" ry="3"/><ellipse cx="56" cy="45" rx="2" ry="3"/></g>`,
] as const
const mouthShapes = [
  `<path d="M41 54q7 6 14 0" fill="none" stroke="${ink}" stroke-width="2" stroke-linecap="round"/>`,
  `<path d="M42 54h12q-6 8-12 0z" fill="#fff" stroke="${ink}" stroke-width="1.6" stroke-linejoin="round"/>`,
  `<path d="M43 56q6 2 11-2" fill="none" stroke="${ink}" stroke-width="2" stroke-linecap="round"/>`,
] as const
const glasses = `<g fill="none" stroke="${ink}" stroke-width="1.8"><circle cx="40" cy="45" r="6.5"/><circle cx="56" cy="45" r="6.5"/><path d="M46.5 45h3"/></g>`
