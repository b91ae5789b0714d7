import { isJsonObject } from '../../base/jsonObject.ts';

/** Keywords that are looked at, and those that ask for nothing. */
const known = new Set([
  ...['type', 'enum', 'const', 'minLength', 'maxLength', 'minItems', 'maxItems', 'items', 'properties', 'required'],
  ...['additionalProperties', 'minimum', 'maximum', 'title', 'description', 'examples', 'default', '$schema'],
]);

/** Whether a value certainly matches a schema of the usual keywords; `false` where that takes more to know. */
export function fits(value: unknown, schema: unknown): boolean {
  if (schema === true) return true;
  if (!isJsonObject(schema) || Object.keys(schema).some((keyword) => !known.has(keyword))) return false;
  const { type, enum: values, const: only } = schema;
  if (type !== undefined && ![type].flat().some((each) => isOfType(value, each))) return false;
  if (Array.isArray(values) && !values.includes(value)) return false;
  if (only !== undefined && only !== value) return false;
  if (typeof value === 'string') return isWithin(Array.from(value).length, schema.minLength, schema.maxLength);
  if (typeof value === 'number') return isWithin(value, schema.minimum, schema.maximum);
  if (Array.isArray(value)) {
    const { items = true } = schema;
    return isWithin(value.length, schema.minItems, schema.maxItems) && value.every((each) => fits(each, items));
  }
  return !isJsonObject(value) || hasFittingFields(value, schema);
}

function hasFittingFields(
  value: Readonly<Record<string, unknown>>,
  schema: Readonly<Record<string, unknown>>,
): boolean {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (!required.every((name) => typeof name === 'string' && Object.hasOwn(value, name))) return false;
  const others = schema.additionalProperties ?? true;
  return Object.entries(value).every(([name, each]) =>
    fits(each, Object.hasOwn(properties, name) ? properties[name] : others),
  );
}

function isWithin(amount: number, least: unknown, most: unknown): boolean {
  return (typeof least !== 'number' || amount >= least) && (typeof most !== 'number' || amount <= most);
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}
