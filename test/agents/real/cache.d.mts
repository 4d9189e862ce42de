export declare const PACKAGES: Readonly<Record<string, { readonly package: string; readonly version: string }>>
export declare function directoryOf(name: string): string
export declare function executablesOf(name: string): string | null
