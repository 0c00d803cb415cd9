import { nextRequest, type NextRequestSituation } from '../../../src/core/nextRequest.ts';
import { statusView, type StatusView } from '../../../src/core/statusText.ts';
import { language } from '../language.ts';

/** The status bar of a window that knows no internal model: what it says of the next request. */
export function nextRequestStatus(situation: NextRequestSituation): StatusView {
  return statusView(
    {
      snapshot: situation.snapshot,
      failure: undefined,
      show: 'money',
      internalModel: undefined,
      activeSwitches: [],
      isSwitchSuggested: false,
      isSample: false,
      ...nextRequest(situation),
    },
    language,
  );
}
