import { oneLine } from '../base/printable.js'

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const

export type Colour = keyof typeof CODES

/** Text that may stand on a terminal as it is: what came from records in it was made printable, piece by piece. */
export class Painted {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

/** Makes a piece of text printable, and gives it a colour where there is to be some. */
export type Paint = (text: string, colour?: Colour | null) => string

export function paintWith(colours: boolean): Paint {
  return (text, colour = null) => {
    const plain = oneLine(text)
    return colours && colour !== null && plain !== '' ? `\u001B[${CODES[colour]}m${plain}\u001B[0m` : plain
  }
}
