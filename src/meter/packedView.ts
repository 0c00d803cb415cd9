import { deflateRawSync } from 'node:zlib';
import type { PackedView, PanelView } from '../core/panel.ts';

/** A view for the page, which makes the same of it again; what the host has to know stands beside. */
export function packedView(view: PanelView): PackedView {
  const { today } = view;
  const { fromDay, toDay } = 'fromDay' in view ? view : { fromDay: today, toDay: today };
  return {
    // Copied, because a message takes all of a buffer along, of which this may be a part.
    bytes: new Uint8Array(deflateRawSync(JSON.stringify(view))),
    fromDay,
    toDay,
    today,
    logs: [...new Set(logsIn(view))],
    switches: view.shows === 'switches' ? view.inEffect.map(({ id }) => id) : [],
  };
}

function logsIn(view: PanelView): readonly string[] {
  switch (view.shows) {
    case 'session':
      return view.session.calls.map(({ log }) => log);
    case 'sources':
      return view.sources.flatMap(({ problemPlaces }) => problemPlaces.map(({ log }) => log));
    default:
      return [];
  }
}
