export { removePlace as default } from './temporary-place.mjs'
