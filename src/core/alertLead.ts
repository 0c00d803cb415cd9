import type { AlertFacts } from './alerts.ts';
import { sessionLead, type PanelLead } from './panel.ts';
import type { SessionIdentity } from './snapshot.ts';

/**
 * Where the panel shows what an alert is about.
 * @param latest the session with the latest call: most often it is that which runs away
 */
export function alertLead(facts: AlertFacts, latest: SessionIdentity | undefined): PanelLead {
  switch (facts.rule) {
    case 'budgetCrossed':
    case 'forecastCrosses':
      return { tab: 'budgets' };
    case 'runaway':
      if (latest?.sessionId === facts.runaway.sessionId) return sessionLead(latest);
      return today;
    case 'spike':
      return today;
  }
}

const today: PanelLead = { tab: 'overview', range: { kind: 'today' }, filter: {} };
