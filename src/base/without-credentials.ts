/**
 * An address without the name and the password before its host, for terminals, logs and models. What is no address is masked
 * likewise up to its last `@`, for the password may be what makes it none.
 */
export function withoutCredentials(address: string): string {
  return address.replace(/^(\s*[a-z][a-z0-9+.-]*:)?(\/*).*@/is, '$1$2***@')
}
