const MEBIBYTE = 1024 * 1024

/** `1.5 MiB` */
export function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`
}
