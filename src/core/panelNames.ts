import type { Billing } from './call.ts';
import type { Named, PanelDimension } from './panel.ts';
import type { PanelSpend } from './panelCosts.ts';

/** What people call something; `null` is what the log does not tell. */
export type NameOf = (key: string | null) => Named;

export interface PanelNames extends Readonly<Record<PanelDimension, NameOf>> {
  readonly session: (session: string) => Named;
}

const unknown: Readonly<Record<PanelDimension, Named>> = {
  model: { label: 'Unknown model', title: 'The log does not tell the model' },
  assistant: { label: 'Unknown assistant', title: 'The log does not tell the assistant' },
  project: { label: 'Unknown project', title: 'The log does not tell the folder' },
  provider: { label: 'Unknown provider', title: 'The log does not tell who serves the model' },
  billing: { label: 'Payer not told', title: 'The log does not tell who pays' },
};

const payers: Readonly<Record<Billing, Named>> = {
  billed: { label: 'Billed per token', title: 'Billed per token' },
  covered: { label: 'Covered by a plan', title: 'Covered by a plan: the cost is what the API would have charged' },
  unknown: unknown.billing,
};

function isBilling(key: string | null): key is Billing {
  return key !== null && Object.hasOwn(payers, key);
}

/** The names of everything that spend was grouped by. */
export function namesFor(spends: Iterable<Pick<PanelSpend, 'key'>>, assistantName: (id: string) => string): PanelNames {
  const projects = new Set<string>();
  for (const { key } of spends) if (typeof key.project === 'string') projects.add(key.project);
  const projectNames = shortPaths(projects);
  return {
    model: key => (key === null ? unknown.model : { label: key, title: key }),
    assistant: key => (key === null ? unknown.assistant : { label: assistantName(key), title: key }),
    project: key => (key === null ? unknown.project : { label: projectNames.get(key) ?? lastSegment(key), title: key }),
    provider: key => (key === null ? unknown.provider : { label: key, title: key }),
    billing: key => (isBilling(key) ? payers[key] : unknown.billing),
    session: session => ({ label: shortId(session), title: session }),
  };
}

/** More names are not told one by one where they share a place. */
const mostTold = 10;

/** Names in a row; the first ones if they are many. */
export function someOf(names: readonly string[]): string {
  const told = names.slice(0, mostTold).join(', ');
  return names.length > mostTold ? `${told}, …` : told;
}

/** The beginning of an id, as far as it takes to tell a few of them apart. */
export function shortId(id: string): string {
  // A time-ordered UUID begins with the time: sessions of one day differ only behind it.
  const isTimeOrdered = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-/i.test(id);
  return id.length <= 12 ? id : isTimeOrdered ? `…${id.slice(-8)}` : `${id.slice(0, 8)}…`;
}

/** The shortest end of each path, in whole segments, that no other one of the paths has. */
export function shortPaths(paths: Iterable<string>): Map<string, string> {
  const names = new Map<string, string>();
  let open = [...new Set(paths)].map(path => ({ path, segments: segmentsOf(path) }));
  for (let count = 1; open.length > 0; count++) {
    const byEnd = new Map<string, number>();
    const endOf = ({ segments }: { segments: readonly string[] }): string => segments.slice(-count).join('/');
    for (const entry of open) byEnd.set(endOf(entry), (byEnd.get(endOf(entry)) ?? 0) + 1);
    const still: typeof open = [];
    for (const entry of open) {
      if (count >= entry.segments.length) names.set(entry.path, entry.path);
      else if (byEnd.get(endOf(entry)) === 1) names.set(entry.path, endOf(entry));
      else still.push(entry);
    }
    open = still;
  }
  return names;
}

/** The folder itself, of a whole path. */
export function lastSegment(path: string): string {
  return segmentsOf(path).at(-1) ?? path;
}

function segmentsOf(path: string): string[] {
  return path.split(/[\\/]+/).filter(segment => segment !== '');
}
