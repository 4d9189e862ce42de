import fc from 'fast-check'

/** Blanks, as many of them as somebody likes, between the tokens of a text. */
export function spread(text: string, blanks: readonly string[]): string {
  let turn = 0
  return text.replace(/"(?:[^"\\]|\\.)*"|[^"]/g, (token) => {
    const isBorder = /^["[\]{},:]/.test(token)
    const blank = () => blanks[turn++ % blanks.length] ?? ''
    return isBorder ? blank() + token + blank() : token
  })
}

/** Numbers, texts and members as no `JSON.stringify` writes them. */
const oddToken = fc.constantFrom(
  ...['1e400', '-1E-400', '-0', '-0.0', '1.50', '1152921504606846976', '9007199254740993', '12345678901234567890.0'],
  ...['"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\/"', '"\\u00e9"', '"é😀"', '"\\u001b[31m"', '"\\"\\\\"'],
  ...['{"a":1,"a":2}', '{"2":1,"1":2}', '{"__proto__":{"x":1}}', '{"":[]}', '[]', '{}', 'true', 'null'],
)
export const oddText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    oddToken,
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(fc.constantFrom('"a"', '"\\u0061"', '"b"', '"payload"'), tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`),
  ),
})).value

export const blanks = fc.array(fc.constantFrom('', ' ', '\n\t', '\r\n  '), { minLength: 1, maxLength: 5 })
