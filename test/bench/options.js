import { refuseFlags, scriptFlags } from '../support/script-flags.js'

const USAGE =
  'npm run bench -- [--sizes 1000,10000] [--runs 5] [--stores 100,10000,100000] [--rows ROW,ROW] [--directory DIR] [--json]'

/**
 * The flags of the benchmark.
 *
 * @param {readonly string[]} rowNames
 */
export function readOptions(rowNames) {
  const usage = `${USAGE}\nrows: ${rowNames.join(' ')}`
  const values = scriptFlags(usage, {
    sizes: { type: 'string', default: '1000,10000' },
    runs: { type: 'string', default: '5' },
    stores: { type: 'string', default: '100,10000,100000' },
    rows: { type: 'string', default: rowNames.join(',') },
    directory: { type: 'string' },
    json: { type: 'boolean', default: false },
  })
  const sizes = values.sizes.split(',').map((word) => wholeNumber('--sizes', word))
  const stores = values.stores.split(',').map((word) => wholeNumber('--stores', word))
  const rows = new Set(values.rows.split(','))
  for (const row of rows) if (!rowNames.includes(row)) refuseFlags(usage, `--rows: ${row} is none of them`)
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
  if (!/^[1-9]\d{0,7}$/.test(word)) refuseFlags(USAGE, `${flag}: ${word} is no whole number above 0`)
  return Number(word)
}
