import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { openStore } from '../../../src/hub/stores/open-store.js'
import { describeStore } from '../../../src/testing/describe-store.js'

const directory = mkdtempSync(join(tmpdir(), 'muse-coord-stores-'))
afterAll(() => rmSync(directory, { recursive: true }))

describeStore('sqlite', (place) => openStore(join(directory, place)))
