export function browserDirectory(): string
export function browserModule(): string | null
