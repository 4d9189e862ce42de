import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { coordError, fileError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { codeOf } from '../../files/file-failure.js'
import { isKindName } from '../../record/record.js'
import { isDeviceName, type KindRegistry } from '../registry.js'
import { directoryName, kindPackage, packageName } from './kind-package.js'

export interface KindPackage {
  readonly name: string
  /** Where the package was made. */
  readonly directory: string
  /** Names of its files. */
  readonly files: readonly string[]
}

/**
 * Makes a package that brings a kind, in a directory of its own below this one.
 *
 * @param registry the kinds whose names are taken
 * @throws `KIND_NAME_INVALID`, `KIND_NAME_TAKEN`, `DIRECTORY_MISSING`, `DIRECTORY_TAKEN`, `FILE_FAILED`
 */
export function makeKindPackage(name: string, below: string, registry: KindRegistry): KindPackage {
  if (!isKindName(name) || isDeviceName(name)) throw coordError('KIND_NAME_INVALID', quote(name))
  for (const kind of registry.all) {
    if (kind.name === name) throw coordError('KIND_NAME_TAKEN', name, 'a kind')
    if (kind.directory === directoryName(name)) throw coordError('KIND_NAME_TAKEN', kind.directory, 'a directory')
  }
  const directory = join(below, packageName(name))
  const files = kindPackage(name)
  try {
    mkdirSync(directory)
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw coordError('DIRECTORY_TAKEN', directory)
    if (codeOf(error) === 'ENOENT') throw coordError('DIRECTORY_MISSING', below)
    throw fileError(directory, error)
  }
  return { name, directory, files: Object.keys(files) }
}
