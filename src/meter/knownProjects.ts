import { isAbsolute } from 'node:path';
import type { Ledger } from '../ledger/ledger.ts';
import type { ReaderEnvironment } from '../readers/reader.ts';

/** In each of them a file or two is looked for, each time that everything is looked at. */
const mostProjects = 1000;

/** The environment with all projects that are known: those open in the editor, then those of the ledger's calls. */
export function withProjects(
  environment: ReaderEnvironment,
  ledger: Pick<Ledger, 'projects'>,
): ReaderEnvironment & Required<Pick<ReaderEnvironment, 'projects'>> {
  const projects = new Set([...(environment.projects ?? []), ...ledger.projects()]);
  return { ...environment, projects: [...projects].filter(isLocal).slice(0, mostProjects) };
}

/** Logs may be copied from other machines, and to ask for a share of one that is not there takes seconds. */
function isLocal(project: string): boolean {
  return isAbsolute(project) && !/^[\\/]{2}/.test(project);
}
