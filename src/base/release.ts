import manifest from '../../package.json' with { type: 'json' }

/** The version of this package: `0.2.0`. */
export const RELEASE: string = manifest.version
