import { Type } from 'typebox'
import { palette } from '../../domain/colors.ts'
import { route } from '../route.ts'
import { object } from './schemas.ts'

/** A name of the palette or a hex code, as requests give it. */
export const color = Type.String({
  minLength: 1,
  description: 'A name of the palette (`GET /colors`) in any case, or a 6-digit hex code. Kept as lower-case hex.',
  examples: ['teal'],
})

export const ColorSchema = object(
  {
    name: Type.String({ description: 'What requests may say instead of the hex code.', examples: ['teal'] }),
    hex: Type.String({ examples: ['#14b8a6'] }),
  },
  { description: 'A colour of the palette.' },
)

export const colorRoutes = [
  route('colors.list', 'GET /colors', {
    group: 'Colors',
    summary: 'List colours',
    description: 'The palette that tags and statuses are coloured from.',
    response: Type.Array(ColorSchema),
    handle: async () => palette,
  }),
]
