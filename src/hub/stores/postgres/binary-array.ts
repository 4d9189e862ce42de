/** OIDs of the types of elements. */
const TEXT = 25
const INT8 = 20
const UUID = 2950

const HEAD_BYTES = 20
const LENGTH_BYTES = 4
const NULL_LENGTH = -1

/**
 * A list as PostgreSQL takes an array of one dimension in binary: a head, then each element behind its length. Written as text, each
 * quotation mark of a payload would have to be escaped here and read again there, which takes twice the time at both ends.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  return arrayOf(TEXT, values, Buffer.byteLength, (buffer, value, offset) => buffer.write(value, offset))
}

/** @param values whole numbers that are safe */
export function int8Array(values: readonly (number | null)[]): Buffer {
  return arrayOf(
    INT8,
    values,
    () => 8,
    (buffer, value, offset) => buffer.writeBigInt64BE(BigInt(value), offset),
  )
}

/** @param values 32 hexadecimal digits each */
export function uuidArray(values: readonly string[]): Buffer {
  return arrayOf(
    UUID,
    values,
    () => 16,
    (buffer, value, offset) => buffer.write(value, offset, 'hex'),
  )
}

function arrayOf<T>(
  type: number,
  values: readonly (T | null)[],
  lengthOf: (value: T) => number,
  write: (buffer: Buffer, value: T, offset: number) => void,
): Buffer {
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : lengthOf(value)))
  const size = lengths.reduce((sum, length) => sum + LENGTH_BYTES + Math.max(length, 0), HEAD_BYTES)
  const buffer = Buffer.allocUnsafe(size)
  const isAnyNull = lengths.includes(NULL_LENGTH)
  // Dimensions, whether any is NULL, the type, then of the one dimension how many there are, and the index of the first.
  for (const [index, word] of [1, Number(isAnyNull), type, values.length, 1].entries()) {
    buffer.writeInt32BE(word, index * LENGTH_BYTES)
  }
  let offset = HEAD_BYTES
  for (const [index, value] of values.entries()) {
    const length = lengths[index] as number
    buffer.writeInt32BE(length, offset)
    offset += LENGTH_BYTES
    if (value === null) continue
    write(buffer, value, offset)
    offset += length
  }
  return buffer
}
