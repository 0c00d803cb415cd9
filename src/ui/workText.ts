import type { Language } from '../core/statusText.ts';
import type { WorkKind } from '../core/workKind.ts';

export function workText(kind: WorkKind, { t }: Language): string {
  switch (kind) {
    case 'delegate':
      return t('Delegating to subagents');
    case 'edit':
      return t('Editing files');
    case 'run':
      return t('Running commands');
    case 'web':
      return t('Looking at the web');
    case 'explore':
      return t('Reading and searching code');
    case 'other':
      return t('Other tools');
    case 'answer':
      return t('Answering in words');
  }
}
