/** One way to read a model's id: a spelling under which a price may be listed. */
export interface ModelForm {
  /** Lower-case. */
  readonly id: string;
  /** The company that a routing prefix names (`openrouter/anthropic/…`), as an id of the price book. */
  readonly provider?: string;
  /** The id says by its ending that the model ran in its fast mode. */
  readonly isFast?: true;
  /** Where a cloud was told to compute, if the id says so and that has a price of its own. */
  readonly region?: string;
}

/**
 * The spellings to look a model up under, from the most literal one on; the first that is listed counts. What they
 * take away (routes, dates, markers) never tells two models apart. No digit or word of a name is ever dropped to reach
 * a "family": `claude-opus-5-5` is cheaper than `claude-opus-5`, `gpt-5.6-luna` twenty times cheaper than `gpt-5.6-sol`.
 */
export function modelForms(model: string): readonly ModelForm[] {
  const { id, provider, hasEffort } = withoutRoute(model.trim().toLowerCase());
  const bedrock = bedrockForms(id);
  if (bedrock) return bedrock;

  const ids = [id];
  const add = (form: string): void => {
    if (!ids.includes(form)) ids.push(form);
  };
  const plain = id.replace(marker, '');
  add(plain);
  add(withoutDate(plain));
  add(withClaudeOrder(withoutDate(plain)));
  if (hasEffort) for (const form of [...ids]) add(withClaudeOrder(form.replace(effort, '')));

  const named = provider === undefined ? {} : { provider };
  const forms: ModelForm[] = ids.map(form => ({ id: form, ...named }));
  for (const form of ids) {
    if (form.endsWith('-fast')) forms.push({ id: form.slice(0, -'-fast'.length), ...named, isFast: true });
  }
  return forms;
}

/** The company that makes a model, by the beginning of its name; a price still has to be listed under the whole name. */
export function makerOf(id: string): string | undefined {
  return makers.find(([pattern]) => pattern.test(id))?.[1];
}

/** The same for an id as a log gives it, routed and dated as it may be. */
export function makerOfModel(model: string): string | undefined {
  for (const { id } of modelForms(model)) {
    const maker = makerOf(id);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

const makers: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/^claude-/, 'anthropic'],
  [/^(gpt|chatgpt|codex)-|^o\d(-|$)/, 'openai'],
  [/^gemini-/, 'google'],
  [/^grok-/, 'x-ai'],
  [/^(kimi|moonshot)-/, 'moonshotai'],
  [/^glm-/, 'zai'],
  [/^deepseek-/, 'deepseek'],
  [/^minimax-/, 'minimax'],
  [/^(mistral|devstral|codestral|magistral|ministral)-/, 'mistral'],
];

/** A provider as logs and configurations call it, as an id of the price book. */
export function providerId(name: string): string {
  const lower = name.trim().toLowerCase();
  return providerNames.get(lower) ?? lower;
}

const providerNames = new Map([
  ['xai', 'x-ai'],
  ['moonshot', 'moonshotai'],
  ['z-ai', 'zai'],
  ['z.ai', 'zai'],
  ['mistralai', 'mistral'],
  ['gemini', 'google'],
  ['vertex', 'google'],
  ['vertex_ai', 'google'],
  ['bedrock', 'aws'],
  ['amazon-bedrock', 'aws'],
  ['github-copilot', 'copilot'],
]);

const route =
  /^(?:(copilot|github-copilot|cursor|openrouter|azure|models|publishers|custom|anthropic|openai|google|gemini|vertex_ai|vertex|bedrock|x-ai|xai|moonshotai|moonshot|zai|z-ai|deepseek|minimax|mistralai|mistral)[/:])/;

/** Routes that say how a model was reached, not who is paid for it. */
const nobody = new Set(['copilot', 'cursor', 'openrouter', 'azure', 'models', 'publishers', 'custom']);

function withoutRoute(id: string): { id: string; provider: string | undefined; hasEffort: boolean } {
  let rest = id;
  let provider: string | undefined;
  let hasEffort = false;
  for (let found = route.exec(rest); found; found = route.exec(rest)) {
    const name = providerId(found[1] ?? '');
    if (!nobody.has(name)) provider = name;
    // Only these two write the effort into the id; elsewhere `-max` is a part of the name (`gpt-5.1-codex-max`).
    if (name === 'copilot' || name === 'cursor') hasEffort = true;
    rest = rest.slice(found[0].length);
  }
  return { id: rest, provider, hasEffort };
}

/** Says how the model was run, at the same price. Not `:free`, which has another one. */
const marker = /\[1m\]$|:thinking$/;

const effort = /(-thinking)?-(low|medium|high|xhigh|max|thinking)$/;

function withoutDate(id: string): string {
  return id.replace(/(?:[-@](?:20\d\d)(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])|[-@]latest)$/, '');
}

/** `claude-4.6-sonnet` and `claude-sonnet-4.6` as Anthropic writes it: `claude-sonnet-4-6`. */
function withClaudeOrder(id: string): string {
  if (!id.startsWith('claude-')) return id;
  return id.replaceAll('.', '-').replace(/^claude-([4-9](?:-\d)?)-([a-z]+)(?=-|$)/, 'claude-$2-$1');
}

/**
 * `us.anthropic.claude-opus-4-6-v1:0`: first as Amazon's own price list has it, then as the maker's model computed in
 * a region. `global.` costs what the maker charges, every other place a tenth more.
 */
function bedrockForms(id: string): readonly ModelForm[] | undefined {
  const found = /^(?:([a-z]{2,6})\.)?anthropic\.(claude-[a-z0-9.-]+?)(?:-v\d+(?::\d+)?)?$/.exec(id);
  if (!found) return undefined;
  const model = withoutDate(found[2] ?? '');
  const region = found[1] ?? 'regional';
  const isGlobal = region === 'global';
  return [
    { id: `${isGlobal ? 'global' : 'regional'}.anthropic.${model}`, provider: 'aws' },
    { id: model, provider: 'aws', ...(isGlobal ? {} : { region }) },
  ];
}
