export { LimitedMap } from '../store/limited-map.ts'
