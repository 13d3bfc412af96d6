/** Any JSON value: what attributes may be. */
export type JSONValue = null | string | number | boolean | JSONObject | JSONArray;
export type JSONObject = { [name: string]: JSONValue };
export type JSONArray = JSONValue[];

/** @internal Attributes travel as JSON text. Text that is none (only a back end could have stored it) counts as `{}`. */
export function readJson(text: string): JSONValue {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @internal Undefined for what JSON cannot say, which leaves the parameter out. */
export function writeJson(value: JSONValue | undefined): string | undefined {
  return JSON.stringify(value);
}
