import type { MergeRule } from '../record.js'
import { latest } from './latest.js'
import { lease } from './lease.js'
import { once } from './once.js'
import type { Rule } from './rule.js'

/** The merge rules by the names that kinds and spaces have for them. */
export const RULES: Readonly<Record<MergeRule, Rule>> = { once, latest, lease }
