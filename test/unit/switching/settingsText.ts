import fc from 'fast-check';

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('//', '/* x */', '{', '\u2028'));
const json = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** Names that a switch writes, and others. */
const variable = fc.constantFrom('ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_MODEL', 'HTTP_PROXY', 'A', '');

/** Settings of Claude Code, as they may be: some with what a switch writes, all with other things. */
export const settingsObject: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .tuple(
    fc.dictionary(text, json, { maxKeys: 4 }),
    fc.record(
      {
        env: fc.dictionary(variable, text, { maxKeys: 4 }),
        model: fc.constantFrom('opus', 'claude-opus-5-5', 'sonnet[1m]', 'gw-large'),
        apiKeyHelper: fc.constantFrom('print-key', '/bin/key --now'),
        modelOverrides: fc.dictionary(fc.constantFrom('claude-opus-5-5', 'claude-haiku-5'), text),
        permissions: json,
      },
      { requiredKeys: [] },
    ),
    fc.boolean(),
  )
  .map(([others, known, isKnownFirst]) => (isKnownFirst ? { ...known, ...others, ...known } : { ...others, ...known }));

/** The bytes of settings, in one of the ways in which people and programs write them. */
export const formatted: fc.Arbitrary<(value: unknown) => Buffer> = fc
  .record({
    indent: fc.constantFrom('', ' ', '  ', '    ', '\t'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    before: fc.constantFrom('', ' ', '\n'),
    after: fc.constantFrom('', '\n', '\n\n', '  '),
    /** Between the tokens of a file on one line. */
    space: fc.constantFrom('', ' '),
  })
  .map(({ indent, lineEnd, mark, before, after, space }) => value => {
    const lines = JSON.stringify(value, undefined, indent === '' ? undefined : indent);
    const spaced = indent === '' && space !== '' ? lines.replace(/^\{(.*)\}$/s, '{ $1 }') : lines;
    return Buffer.from(mark + before + spaced.replaceAll('\n', lineEnd) + after);
  });
