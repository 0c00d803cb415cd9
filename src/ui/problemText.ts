import type { UserProblem } from '../core/errors.ts';
import type { Translate } from '../core/statusText.ts';
import type { WireFormat } from '../core/wireFormat.ts';

/** What went wrong and what to do next, in one or two sentences. */
export function problemText(problem: UserProblem, t: Translate): string {
  switch (problem.kind) {
    case 'ledgerTooNew':
      return t(
        'The ledger {0} was written by a newer version of AI Spend Meter. Update the extension in this editor.',
        problem.path,
      );
    case 'ledgerUnusable':
      return t(
        'The ledger {0} cannot be used: {1}. Check that you may write there and that the disk is not full; if the file is damaged, move it away and the logs are read again.',
        problem.path,
        problem.reason,
      );
    case 'sqliteMissing':
      return t(
        'This editor runs extensions in Node {0}, which has no SQLite. Update the editor to version 1.104 or later.',
        problem.nodeVersion,
      );
    case 'unknownTimeZone':
      return t(
        'The time zone {0} is not known. Choose another one in the setting aiSpendMeter.timeZone, for example Europe/Berlin.',
        problem.timeZone,
      );
    case 'badArgument':
      return t('{0} was expected to be {1}.', problem.argument, problem.expected);
    case 'workerDied':
      return t('The meter has stopped twice: {0}. Reload the window; the output says more.', problem.reason);
    case 'settingInvalid':
      return t('The setting {0} is ignored: {1}. Correct it in the settings.', problem.setting, problem.reason);
    case 'internalModelNotSet':
      return t('The internal model is not described yet. Say where it is and what it costs, and set its key.');
    case 'internalModelUnreachable':
      return t(
        'The internal model at {0} cannot be reached: {1}. Check the address in aiSpendMeter.internalModels, and your network or VPN.',
        problem.host,
        problem.reason,
      );
    case 'internalModelRefused':
      return refusalText(problem, t);
    case 'internalModelBrokeOff':
      return t('The answer of the internal model at {0} broke off: {1}. Try again.', problem.host, problem.reason);
    case 'internalModelSpeaksOtherwise':
      return t(
        'What answers at {0} does not speak {1}. Check the address, and the formats in aiSpendMeter.internalModels.',
        problem.url,
        formatNames[problem.format],
      );
    case 'configUnreadable':
      return t('{0} cannot be read: {1}. Correct the file, then try again.', problem.path, problem.reason);
    case 'configUnwritable':
      return t('{0} cannot be written: {1}. Nothing was changed.', problem.path, problem.reason);
    case 'configChanged':
      return t(
        '{0} was changed by someone else in the meantime. Nothing was written; look at it and try again.',
        problem.path,
      );
    case 'secretInCommittedFile':
      return t(
        '{0} can be committed to a repository, so no key is written into it. Nothing was changed; switch everywhere instead, or make Git ignore the file.',
        problem.path,
      );
    case 'wireFormatNotServed':
      return t(
        '{0} can be pointed only at a model that is served in one of these formats: {1}. If yours is, say so in aiSpendMeter.internalModels.',
        problem.assistant,
        problem.formats.map(format => formatNames[format]).join(', '),
      );
  }
}

function refusalText(
  { host, status, reason }: Extract<UserProblem, { kind: 'internalModelRefused' }>,
  t: Translate,
): string {
  const said = reason === undefined ? '' : ` ${t('It says: {0}', quoted(reason))}`;
  switch (status) {
    case 401:
    case 403:
      return t('The internal model at {0} refused the key (status {1}). Set a new key.', host, status) + said;
    case 429:
      return (
        t('The internal model at {0} has no capacity left for you (status {1}). Try again later.', host, status) + said
      );
    default:
      return (
        t(
          'The internal model at {0} refused the call (status {1}). Check the address and the model id in aiSpendMeter.internalModels.',
          host,
          status,
        ) + said
      );
  }
}

/** What somebody else says, as a sentence of its own. */
function quoted(text: string): string {
  return `“${text}”.`;
}

export const formatNames: Readonly<Record<WireFormat, string>> = {
  messages: 'Anthropic Messages',
  chatCompletions: 'OpenAI Chat Completions',
  responses: 'OpenAI Responses',
  gemini: 'Gemini',
};
