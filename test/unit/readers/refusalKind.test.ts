import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { RefusalKind } from '../../../src/core/refusal.ts';
import { refusalKindOf, type RefusedRequest } from '../../../src/readers/refusalKind.ts';

suite('why a request was refused', () => {
  const spent = 'Budget has been exceeded! Current cost: 50.12, Max budget: 50.0';
  const cases: [what: string, request: RefusedRequest, kind: RefusalKind][] = [
    ['a budget, by the name of the error', { status: 429, names: ['budget_exceeded', 'rate_limit'] }, 'budget'],
    [
      'a budget, though the assistant names it first',
      { status: 429, names: ['rate_limit', 'budget_exceeded'] },
      'budget',
    ],
    ['a budget, by the words of a newer gateway', { status: 429, text: spent }, 'budget'],
    ['a budget, by the words of an older one', { status: 400, text: `{"error":{"message":"${spent}"}}` }, 'budget'],
    ['a budget, by the oldest words', { status: 401, text: '{"detail":"ExceededTokenBudget: ..."}' }, 'budget'],
    [
      'a budget, by words of an administrator',
      { status: 429, text: 'You have exceeded your monthly budget' },
      'budget',
    ],
    ['a budget, by the name in the answer', { status: 400, text: '{"type":"budget_exceeded"}' }, 'budget'],
    ['a balance', { status: 400, names: ['invalid_request_error', 'billing_error'] }, 'budget'],
    ['what a plan allows', { status: 429, names: ['rate_limit_error', 'usage_limit_reached', 'rate_limit'] }, 'budget'],
    ['a bill that is not paid', { status: 402 }, 'budget'],
    ['words without a status', { status: undefined, text: spent }, 'budget'],
    ['a limit of requests', { status: 429, text: 'Too many requests.' }, 'rateLimit'],
    ['a wrong key', { status: 401 }, 'auth'],
    ['a model that is not allowed', { status: 403, names: ['permission_error'] }, 'auth'],
    ['overload', { status: 529 }, 'overloaded'],
    ['overload, by its name alone', { status: undefined, names: ['overloaded'] }, 'overloaded'],
    ['a fault of the server', { status: 500, text: 'the budget service has exceeded its time' }, 'other'],
    [
      'a setting of that name',
      { status: 400, text: 'max_tokens must be greater than thinking.budget_tokens' },
      'other',
    ],
    ['another setting', { status: 400, text: 'Thinking budget is not supported by this model.' }, 'other'],
    ['nobody there', { status: undefined, text: 'Connection error.' }, 'other'],
  ];
  for (const [what, request, kind] of cases) {
    test(`${what}: ${kind}`, () => assert.equal(refusalKindOf(request), kind));
  }
});
