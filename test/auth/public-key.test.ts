import { describe, expect, it } from '@jest/globals'
import { decodePublicKey } from '../../src/auth/public-key.js'

const P = 2n ** 255n - 19n
const D = mod(-121665n * power(121666n, P - 2n))

type Point = readonly [x: bigint, y: bigint]

function mod(n: bigint): bigint {
  return ((n % P) + P) % P
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [b, e] = [mod(base), exponent]; e > 0n; e >>= 1n) {
    if (e & 1n) result = mod(result * b)
    b = mod(b * b)
  }
  return result
}

/** RFC 8032, 5.1.4, in affine coordinates. */
function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const k = mod(D * x1 * x2 * y1 * y2)
  return [mod((x1 * y2 + y1 * x2) * power(1n + k, P - 2n)), mod((y1 * y2 + x1 * x2) * power(1n - k, P - 2n))]
}

function times(n: bigint, point: Point): Point {
  let result: Point = [0n, 1n]
  for (let [p, e] = [point, n]; e > 0n; e >>= 1n) {
    if (e & 1n) result = add(result, p)
    p = add(p, p)
  }
  return result
}

/** RFC 8032, 5.1.3; null: no point has this y. */
function pointAt(y: bigint): Point | null {
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  const root = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n))
  for (const x of [root, mod(root * power(2n, (P - 1n) / 4n))]) if (mod(v * x * x) === u) return [x, mod(y)]
  return null
}

function spelt(y: bigint, sign = 0): string {
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
  bytes[31] = (bytes[31] as number) | (sign << 7)
  return bytes.toString('base64')
}

/** Of the prime order of the group, so that what it takes a point to has an order that divides 8. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

describe('a public key', () => {
  it('is none where its point has a small order, however that is spelt', () => {
    const ys = new Set<bigint>()
    for (let y = 2n; y < 40n && ys.size < 5; y++) {
      const point = pointAt(y)
      if (point !== null) ys.add(times(ORDER, point)[1])
    }
    // 1, -1, 0, and the two of order 8.
    expect(ys.size).toBe(5)
    const spellings = [...ys, ...[...ys].map((y) => y + P).filter((y) => y < 2n ** 255n)]
    expect(spellings).toHaveLength(7)
    for (const y of spellings) for (const sign of [0, 1]) expect(decodePublicKey(spelt(y, sign))).toBeNull()
  })

  it('is the base point', () => {
    expect(decodePublicKey(spelt(mod(4n * power(5n, P - 2n))))).toHaveLength(32)
  })
})
