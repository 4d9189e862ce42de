import type { ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

export function scriptFlags<const O extends Options>(
  usage: string,
  options: O,
): ReturnType<typeof parseArgs<{ readonly options: O }>>['values']

export function refuseFlags(usage: string, reason?: string): never
