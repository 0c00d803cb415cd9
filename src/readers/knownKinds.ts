import { noKind } from './reader.ts';

/**
 * The kinds of records that each format has, as its programs write them: most of them are of no use here, but known.
 * Where they are from is in `docs/assistants/`.
 */

function kinds(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap(list => list.split(/\s+/)));
}

export const claudeCodeKinds = kinds(
  'assistant user system progress summary cost-state queue-operation attachment last-prompt mode permission-mode',
  'api-request api-request-shape api-request-blob atis-latch tools-used file-history-snapshot pr-link',
  'ai-title custom-title agent-name agent-color tag',
);

export const codexKinds = kinds(
  'session_meta turn_context event_msg response_item token_usage_record compacted world_state realtime_item',
  'inter_agent_communication inter_agent_communication_metadata security_risk_score',
);

/** Of its debug logs; chat sessions number theirs: the whole session, and three kinds of changes. Spans have none. */
export const copilotChatKinds = kinds(
  'session_start user_message turn_start turn_end llm_request tool_call agent_response discovery generic subagent',
  '0 1 2 3',
  noKind,
);

/** Those of `events.jsonl`. */
export const copilotCliKinds = kinds(
  ...Object.entries({
    session:
      'start resume shutdown error idle title_changed info warning model_change mode_changed plan_changed handoff ' +
      'workspace_file_changed truncation snapshot_rewind context_changed usage_info usage_record compaction_start ' +
      'compaction_complete task_complete remote_steerable_changed permissions_changed tools_updated skills_loaded ' +
      'background_tasks_changed custom_agents_updated mcp_servers_loaded mcp_server_status_changed extensions_loaded',
    user: 'message',
    assistant: 'turn_start turn_end intent reasoning reasoning_delta streaming_delta message message_delta usage',
    model: 'turn_started turn_ended model_call_started model_call_success message response messages_snapshot',
    tool: 'user_requested execution_start execution_partial_result execution_progress execution_complete',
    subagent: 'started completed failed selected deselected configured',
    system: 'message notification',
    hook: 'start end',
    permission: 'requested completed',
    user_input: 'requested completed',
    elicitation: 'requested completed',
    sampling: 'requested completed',
    external_tool: 'requested completed',
    auto_mode_switch: 'requested completed',
    exit_plan_mode: 'requested completed',
    mcp: 'oauth_required oauth_completed',
    command: 'queued execute completed',
    commands: 'changed',
    capabilities: 'changed',
    pending_messages: 'modified',
    skill: 'invoked',
  }).flatMap(([family, names]) => names.split(' ').map(name => `${family}.${name}`)),
  'abort',
);

/** Beside messages, what a chat is, and changes of it, which have no kind. */
export const geminiCliKinds = kinds('main subagent user gemini info warning error', noKind);

/** Kimi Code's, then those of Kimi CLI. */
export const kimiKinds = kinds(
  'metadata usage.record llm.request context.append_loop_event turn.prompt agent.message.appended forked',
  'subagent.completed',
  'TurnBegin TurnEnd SteerInput StepBegin StepInterrupted HookTriggered HookResolved CompactionBegin CompactionEnd',
  'MCPLoadingBegin MCPLoadingEnd StatusUpdate Notification ContentPart ToolCall ToolCallPart ToolResult ToolCallRequest',
  'ApprovalRequest ApprovalResponse ApprovalRequestResolved SubagentEvent PlanDisplay QuestionRequest',
);
