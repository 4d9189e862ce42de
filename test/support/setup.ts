import 'reflect-metadata'
import { afterEach } from '@jest/globals'
import { undoAll } from './clean-up.js'

afterEach(undoAll)
