import type { Language } from '../core/statusText.ts';
import { lastSegment } from '../core/statusTooltip.ts';
import type { AppliedSwitch, Caution, GuidedStep, SwitchPlan } from '../switching/switcher.ts';

/** Which switch it is, for a list or a sentence: `Claude Code in shop`. */
export function switchName(
  { project }: Pick<AppliedSwitch, 'project'>,
  assistantName: string,
  { t }: Language,
): string {
  return project === undefined
    ? t('{0} everywhere', assistantName)
    : t('{0} in {1}', assistantName, lastSegment(project));
}

/** What the user must agree to beyond the switch itself, one sentence each; mostly there is nothing. */
export function planRisks({ cautions, overriddenBy, path }: SwitchPlan, language: Language): readonly string[] {
  const { t } = language;
  return [
    // That others can read the file is how most people's files are: it is told, not asked.
    ...cautions.filter(caution => caution !== 'readableByOthers').map(caution => cautionText(caution, path, language)),
    ...overriddenBy.map(({ path: other, keys }) =>
      t('{0} counts more and sets {1}: the switch may have no effect there.', other, keys.join(', ')),
    ),
  ];
}

function cautionText(caution: Caution, path: string, { t }: Language): string {
  switch (caution) {
    case 'readableByOthers':
      return t('{0} can be read by other users of this machine, and will hold the key.', path);
    case 'plainHttp':
      return t('The key goes over the network unencrypted.');
  }
}

/** When the assistant follows. */
export function effectText({ takesEffect }: SwitchPlan, { t }: Language): string {
  switch (takesEffect.connection) {
    case 'reload':
      return t('It holds after this window is reloaded.');
    case 'nextStart':
      return t('It holds from the assistant’s next start on.');
    case 'nextSession':
      return t('It holds for sessions that you start from now on.');
    case 'nextRequest':
      return takesEffect.model === 'nextRequest'
        ? t('It holds from the next call on.')
        : t(
            'It holds from the next call on; a session that was started with a certain model keeps asking for that model.',
          );
  }
}

/** What the user has to do, as a Markdown document. */
export function guideMarkdown(
  plan: SwitchPlan,
  steps: readonly GuidedStep[],
  { assistantName, language }: { readonly assistantName: string; readonly language: Language },
): string {
  const { t } = language;
  return [
    `# ${t('Switch of {0}', switchName(plan, assistantName, language))}`,
    plan.files.length > 0
      ? t('The files are written. What is left is for you to do:')
      : t('{0} keeps this where no other program may write. What is for you to do:', assistantName),
    steps.map((step, index) => `${index + 1}. ${stepText(step, language)}`).join('\n'),
    effectText(plan, language),
    t('With its next call the meter says whether {0} answered.', plan.model.displayName),
  ].join('\n\n');
}

function stepText(step: GuidedStep, { t }: Language): string {
  switch (step.kind) {
    case 'runCommand':
      return t('Run {0} in a terminal.', code(step.command));
    case 'choose':
      return t('Choose {0} in {1}.', code(step.choice), step.where);
    case 'paste':
      if (step.what === 'key') return t('Paste the key into {0}: the message in the corner copies it.', step.where);
      return step.what === 'endpoint'
        ? t('Set the address in {0} to {1}.', step.where, code(step.text))
        : t('Set the model in {0} to {1}.', step.where, code(step.text));
    case 'unsetVariable':
      return t('Take {0} out of your shell’s environment: it counts more than the files.', code(step.name));
    case 'reloadWindow':
      return t('Reload the window.');
    case 'restartAssistant':
      return t('Start the assistant again.');
  }
}

/** Seen with Claude Code 2.1.330 at every endpoint that is not its maker's. */
function permissionText({ t }: Language): string {
  return t(
    'In its permission mode "auto" Claude Code refuses some actions while it is switched, because its safety check does not run there: choose another mode.',
  );
}

/** What was, or will be, written, as a Markdown document. */
export function planMarkdown(plan: SwitchPlan, assistantName: string, language: Language): string {
  const { t } = language;
  const { cautions, changes, gitExclude, isNewFile } = plan;
  const rows = changes.map(
    ({ path, key, before, after }) =>
      `| ${code(key)}${path === undefined ? '' : ` (${path})`} | ${before === undefined ? '–' : code(before)} | ${code(after)} |`,
  );
  return [
    `# ${t('Switch of {0}', switchName(plan, assistantName, language))}`,
    isNewFile ? t('New file: {0}', code(plan.path)) : t('File: {0}', code(plan.path)),
    [`| ${t('Setting')} | ${t('Before')} | ${t('After')} |`, '|:--|:--|:--|', ...rows].join('\n'),
    ...(gitExclude ? [t('Git is told in {0} to ignore the file, because it holds a key.', code(gitExclude.path))] : []),
    ...planRisks(plan, language),
    ...(cautions.includes('readableByOthers') ? [cautionText('readableByOthers', plan.path, language)] : []),
    effectText(plan, language),
    ...(plan.assistant === 'claude-code' ? [permissionText(language)] : []),
    t('Undo restores the file to the byte, as long as nobody else changes it.'),
  ].join('\n\n');
}

/** A code span that may hold anything, in a table too. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${text.replace(/\s+/g, ' ').replaceAll('|', '\\|')} ${fence}`;
}
