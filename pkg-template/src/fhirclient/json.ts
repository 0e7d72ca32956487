// The types of JSON values.

export type JsonPrimitive = string | number | boolean | null;

export type JsonValue = JsonPrimitive | JsonArray | JsonObject;

export type JsonArray = JsonValue[];

export interface JsonObject {
  [name: string]: JsonValue;
}
