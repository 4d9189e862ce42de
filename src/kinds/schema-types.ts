/** What a JSON Schema may hold that tells a type, which a payload's type does not. */
export interface SchemaObject {
  readonly $schema?: unknown
  readonly $ref?: unknown
  readonly type?: unknown
  readonly properties?: object
  readonly required?: readonly string[]
  readonly anyOf?: readonly unknown[]
  readonly oneOf?: readonly unknown[]
  readonly allOf?: readonly unknown[]
}

/** What a value is that has passed a JSON Schema, as far as a compiler can tell; where it cannot: `unknown`. */
export type FromSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly type: infer Type }
      ? Type extends 'string'
        ? string
        : Type extends 'integer' | 'number'
          ? number
          : Type extends 'boolean'
            ? boolean
            : Type extends 'null'
              ? null
              : Type extends 'array'
                ? readonly FromSchema<Schema extends { readonly items: infer Items } ? Items : unknown>[]
                : Type extends 'object'
                  ? ObjectOf<Schema>
                  : unknown
      : unknown

type PropertiesOf<Schema> = Schema extends { readonly properties: infer Properties } ? Properties : Record<never, never>

type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] } ? Name : never

type ObjectOf<Schema> = {
  readonly [Name in keyof PropertiesOf<Schema> as Name extends RequiredOf<Schema> ? Name : never]: FromSchema<
    PropertiesOf<Schema>[Name]
  >
} & {
  readonly [Name in keyof PropertiesOf<Schema> as Name extends RequiredOf<Schema> ? never : Name]?: FromSchema<
    PropertiesOf<Schema>[Name]
  >
}

/**
 * A payload that nothing has looked at, of a kind with this schema: anybody writes its records, so a field may be missing and
 * may be anything. A schema that names no properties tells no fields.
 */
export type UncheckedPayload<Schema> = Schema extends { readonly properties: infer Properties }
  ? { readonly [Name in keyof Properties]?: unknown }
  : { readonly [field: string]: unknown }
