/**
 * A text or a number of a JSON object, by the first field of a name: also if only the beginning of the object is there.
 * In texts quotes are escaped, so that what was said in a conversation is not mistaken for a field.
 */
export function fieldIn(head: string | undefined, name: string): unknown {
  const value = new RegExp(`"${name}"\\s*:\\s*("[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|\\d+)`).exec(head ?? '')?.[1];
  try {
    return value === undefined ? undefined : JSON.parse(value);
  } catch {
    return undefined;
  }
}
