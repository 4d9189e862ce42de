import type { Random } from '../soak/random.js'

const MAX_BYTES = 256 * 1024
/** What programs trip over, wherever it stands. */
const ODD = [
  ...[
    '',
    '\0',
    '\n',
    '\r\n',
    '\u001b[2J',
    '\u200b',
    '\u202e',
    '\ud800',
    '\u{1f600}',
    'e\u0301',
    '../',
    '..\\',
    '/',
    '-',
    '--',
  ],
  ...[
    '0',
    '-1',
    '-0',
    '1e999',
    '9007199254740993',
    '0x1',
    '1'.repeat(400),
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"\\u0000"',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '%00',
    '%2e%2e%2f',
    'NaN',
    '9999-12-31T23:59:59Z',
    '0000-00-00T00:00:00Z',
  ],
]

type Mutation = (
  input: Buffer,
  random: Random,
  source: { seeds: readonly string[]; words: readonly string[] },
) => Buffer

const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (input, random) => {
    const changed = Buffer.from(input)
    const at = random.between(0, Math.max(0, input.length - 1))
    if (input.length > 0) changed[at] = (changed[at] as number) ^ (1 << random.between(0, 7))
    return changed
  },
  // Bytes of any kind.
  (input, random) =>
    insert(input, random, Buffer.from(Array.from({ length: random.between(1, 16) }, () => random.between(0, 255)))),
  (input, random, { words }) => insert(input, random, Buffer.from(pick(random, words))),
  (input, random) => insert(input, random, Buffer.from(pick(random, ODD))),
  // A value, a word or a number for another one.
  (input, random, { words }) => {
    const parts = input.toString('latin1').split(/("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\b[a-z_]{2,}\b)/)
    if (parts.length < 2) return input
    const at = 2 * random.between(0, Math.floor((parts.length - 2) / 2)) + 1
    const text = pick(random, random.next() < 0.5 ? ODD : words)
    parts[at] = Buffer.from(parts[at]?.startsWith('"') && random.next() < 0.7 ? JSON.stringify(text) : text).toString(
      'latin1',
    )
    return Buffer.from(parts.join(''), 'latin1')
  },
  // A part left out.
  (input, random) => {
    const [from, to] = range(input, random)
    return Buffer.concat([input.subarray(0, from), input.subarray(to)])
  },
  // A part many times.
  (input, random) => {
    const [from, to] = range(input, random)
    const times = 2 ** random.between(1, 10)
    return insert(
      input,
      random,
      Buffer.concat(Array<Buffer>(times).fill(input.subarray(from, Math.min(to, from + 256)))),
    )
  },
  // Deep.
  (input, random) => {
    const depth = 10 ** random.between(1, 4)
    const [open, close] = pick(random, ['[ ]', '{"a": }', '{ }', '( )', '** **']).split(' ') as [string, string]
    return insert(input, random, Buffer.from(open.repeat(depth) + (random.next() < 0.5 ? close.repeat(depth) : '')))
  },
  // The beginning of one and the end of another.
  (input, random, { seeds }) => {
    const other = Buffer.from(pick(random, seeds))
    return Buffer.concat([
      input.subarray(0, random.between(0, input.length)),
      other.subarray(random.between(0, other.length)),
    ])
  },
  (input, random) => input.subarray(0, random.between(0, input.length)),
]

/** An input that is nearly right: one of the seeds, changed once or a few times. The same random gives the same. */
export function mutate(random: Random, source: { seeds: readonly string[]; words: readonly string[] }): Buffer {
  let input: Buffer = Buffer.from(pick(random, source.seeds))
  // Few changes get far in, many ask what stands at the door.
  for (let left = random.between(0, 1) * random.between(0, 5) + 1; left > 0; left--) {
    input = pick(random, MUTATIONS)(input, random, source).subarray(0, MAX_BYTES)
  }
  return input
}

function pick<Choice>(random: Random, choices: readonly Choice[]): Choice {
  return choices[random.between(0, choices.length - 1)] as Choice
}

function insert(input: Buffer, random: Random, more: Buffer): Buffer {
  const at = random.between(0, input.length)
  return Buffer.concat([input.subarray(0, at), more, input.subarray(at)])
}

function range(input: Buffer, random: Random): readonly [number, number] {
  const from = random.between(0, input.length)
  return [from, random.between(from, input.length)]
}
