import fs from 'node:fs'
import path from 'node:path'
import { CoordError } from '../../src/base/errors.js'

/** Takes what is refused in a sentence of the table of errors; anything else is a fault of this program. */
export function toldOrThrow(thrown: unknown): void {
  if (!(thrown instanceof CoordError) || thrown.code === 'INTERNAL') throw thrown
}

/** The names in a directory and below, but for those that a store and a home may write. */
export function namesOutside(directory: string): string {
  const names = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => !name.split(path.sep).includes('.muse'))
    .sort()
    .join('\n')
}

/** What must hold of every answer of a hub. */
export function checkAnswer(status: number, text: string): void {
  if (status >= 500) throw new Error(`the hub answered ${status}: ${text.slice(0, 500)}`)
  if (status < 400) return
  const { detail, status: word } = JSON.parse(text) as { detail: unknown; status: unknown }
  if (typeof detail !== 'string' || typeof word !== 'string')
    throw new Error(`no error of the hub: ${text.slice(0, 500)}`)
}
