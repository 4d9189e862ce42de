import { nodeCrypto } from '../node-crypto.js'

/** JSON that somebody else wrote, as it stands: whoever prints a value that holds it prints this text and no other spelling. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** A value as JSON, with the texts in it as they stand. */
export function stringifyWithTexts(value: unknown): string {
  const texts: string[] = []
  // Nobody who wrote a part of the value can have known it.
  let nonce = ''
  const json = JSON.stringify(value, (_, item) => {
    if (!(item instanceof JsonText)) return item
    nonce ||= nodeCrypto().randomUUID()
    texts.push(item.text)
    return `${nonce}:${texts.length - 1}`
  })
  return texts.length === 0
    ? json
    : json.replace(new RegExp(`"${nonce}:(\\d+)"`, 'g'), (_, index) => texts[index] as string)
}
