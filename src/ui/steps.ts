import * as vscode from 'vscode';

/** Undefined: the user left. */
export type Answer<T> = { readonly value: T } | 'back' | undefined;

/** Where a step stands among the others. */
export interface StepPlace {
  readonly title: string;
  /** From 1. */
  readonly step: number;
  readonly totalSteps: number;
}

export interface Step {
  /** Whether it is asked, given what was answered before; always if absent. */
  readonly applies?: () => boolean;
  /** Asks, and keeps the answer. */
  readonly ask: (place: StepPlace) => Promise<'next' | 'back' | undefined>;
}

/**
 * Asks one step after the other; the user may go back.
 * @returns false if the user left
 */
export async function askSteps(title: string, steps: readonly Step[]): Promise<boolean> {
  let at = 0;
  for (;;) {
    const asked = steps.filter(({ applies = () => true }) => applies());
    const step = asked[at];
    if (!step) return true;
    const end = await step.ask({ title, step: at + 1, totalSteps: asked.length });
    if (end === undefined) return false;
    at += end === 'next' ? 1 : -1;
  }
}

/** A step that asks for one thing and keeps it. */
export function stepFor<T>(
  ask: (place: StepPlace) => Promise<Answer<T>>,
  keep: (value: T) => void,
  applies?: () => boolean,
): Step {
  return {
    ...(applies && { applies }),
    ask: async place => {
      const answer = await ask(place);
      if (answer === undefined || answer === 'back') return answer;
      keep(answer.value);
      return 'next';
    },
  };
}

export interface TextQuestion {
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  readonly password?: boolean;
  /** Why a text cannot be taken, as a sentence; it is trimmed. */
  readonly refuse: (text: string) => string | undefined;
}

export function askText(question: TextQuestion, place: StepPlace): Promise<Answer<string>> {
  const box = vscode.window.createInputBox();
  const { prompt, value = '', placeholder, password = false, refuse } = question;
  box.prompt = prompt;
  box.value = value;
  box.placeholder = placeholder;
  box.password = password;
  const refusal = (): string | undefined => refuse(box.value.trim());
  return shown(box, place, accept => {
    box.onDidChangeValue(() => {
      box.validationMessage = refusal();
    });
    box.onDidAccept(() => {
      box.validationMessage = refusal();
      if (box.validationMessage === undefined) accept(box.value.trim());
    });
  });
}

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export interface ChoiceQuestion<T> {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
  /** The one that is offered first; the first if absent. */
  readonly active?: T;
}

export function askChoice<T>(
  { placeholder, choices, active }: ChoiceQuestion<T>,
  place: StepPlace,
): Promise<Answer<T>> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  pick.placeholder = placeholder;
  pick.items = choices;
  pick.activeItems = choices.filter(({ value }) => value === active);
  pick.matchOnDetail = true;
  return shown(pick, place, accept => {
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen) accept(chosen.value);
    });
  });
}

/** Those that are `picked` are chosen at first; nobody gets on without choosing any. */
export function askChoices<T>(
  { placeholder, choices }: Omit<ChoiceQuestion<T>, 'active'>,
  place: StepPlace,
): Promise<Answer<readonly T[]>> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  pick.canSelectMany = true;
  pick.placeholder = placeholder;
  pick.items = choices;
  pick.selectedItems = choices.filter(({ picked }) => picked);
  return shown(pick, place, accept => {
    pick.onDidAccept(() => {
      const values = pick.selectedItems.map(({ value }) => value);
      if (values.length > 0) accept(choices.map(({ value }) => value).filter(value => values.includes(value)));
    });
  });
}

/** Shows an input until it is accepted, or left in another way. */
function shown<T>(
  input: vscode.InputBox | vscode.QuickPick<Choice<unknown>>,
  { title, step, totalSteps }: StepPlace,
  listen: (accept: (value: T) => void) => void,
): Promise<Answer<T>> {
  input.title = title;
  input.step = step;
  input.totalSteps = totalSteps;
  input.ignoreFocusOut = true;
  input.buttons = step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise<Answer<T>>(resolve => {
    listen(value => resolve({ value }));
    input.onDidTriggerButton(button => {
      if (button === vscode.QuickInputButtons.Back) resolve('back');
    });
    input.onDidHide(() => resolve(undefined));
    input.show();
  }).finally(() => input.dispose());
}
