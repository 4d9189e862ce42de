import { parseArgs } from 'node:util'

/**
 * The flags of the benchmark.
 *
 * @param {readonly string[]} argv
 * @param {readonly string[]} rowNames
 */
export function readOptions(argv, rowNames) {
  const { values } = parseArgs({
    args: argv,
    options: {
      sizes: { type: 'string', default: '1000,10000' },
      runs: { type: 'string', default: '5' },
      stores: { type: 'string', default: '100,10000,100000' },
      rows: { type: 'string', default: rowNames.join(',') },
      directory: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const sizes = values.sizes.split(',').map((word) => wholeNumber('--sizes', word))
  const stores = values.stores.split(',').map((word) => wholeNumber('--stores', word))
  const rows = new Set(values.rows.split(','))
  for (const row of rows)
    if (!rowNames.includes(row)) throw new Error(`--rows: ${row} is none of ${rowNames.join(', ')}`)
  return {
    sizes,
    stores,
    rows,
    runs: wholeNumber('--runs', values.runs),
    directory: values.directory,
    json: values.json,
  }
}

function wholeNumber(flag, word) {
  if (!/^[1-9]\d{0,7}$/.test(word)) throw new Error(`${flag}: ${word} is no whole number above 0`)
  return Number(word)
}
