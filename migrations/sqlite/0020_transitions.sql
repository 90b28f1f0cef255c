-- +goose Up
-- The states and transitions of the workflow tables, for installations whose lists are older.
-- Written by `make generate`.
-- A CHECK changes nothing that is stored, so its text is exchanged in the schema itself
-- (sqlite.org/lang_altertable.html, section 7).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:application*/') - 1) || '/*states:application*/' || '''draft'',''signing'',''submitted'',''correction'',''correction_signing'',''in_review'',''recommended'',''refusal_proposed'',''notice'',''deciding'',''accredited'',''refused'',''declined'',''withdrawn'',''lapsed'''
  || substr(substr(sql, instr(sql, '/*states:application*/')), instr(substr(sql, instr(sql, '/*states:application*/')), ')'))
  WHERE type = 'table' AND name = 'application' AND instr(sql, '/*states:application*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:opinion*/') - 1) || '/*states:opinion*/' || '''requested'',''overdue'',''given'',''cancelled'''
  || substr(substr(sql, instr(sql, '/*states:opinion*/')), instr(substr(sql, instr(sql, '/*states:opinion*/')), ')'))
  WHERE type = 'table' AND name = 'opinion' AND instr(sql, '/*states:opinion*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:review*/') - 1) || '/*states:review*/' || '''invited'',''accepted'',''scored'',''declined'',''recused'',''expired'',''cancelled'''
  || substr(substr(sql, instr(sql, '/*states:review*/')), instr(substr(sql, instr(sql, '/*states:review*/')), ')'))
  WHERE type = 'table' AND name = 'review' AND instr(sql, '/*states:review*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:objection*/') - 1) || '/*states:objection*/' || '''received'',''handled'',''upheld'',''dismissed'',''inadmissible'',''moot'''
  || substr(substr(sql, instr(sql, '/*states:objection*/')), instr(substr(sql, instr(sql, '/*states:objection*/')), ')'))
  WHERE type = 'table' AND name = 'objection' AND instr(sql, '/*states:objection*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:zone*/') - 1) || '/*states:zone*/' || '''in_force'',''rectifying'',''revocation_proposed'',''revoked'',''expired'''
  || substr(substr(sql, instr(sql, '/*states:zone*/')), instr(substr(sql, instr(sql, '/*states:zone*/')), ')'))
  WHERE type = 'table' AND name = 'zone' AND instr(sql, '/*states:zone*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:evaluation*/') - 1) || '/*states:evaluation*/' || '''self_report'',''signing'',''filed'',''scoring'',''drafted'',''notice'',''confirming'',''graded'',''cancelled'''
  || substr(substr(sql, instr(sql, '/*states:evaluation*/')), instr(substr(sql, instr(sql, '/*states:evaluation*/')), ')'))
  WHERE type = 'table' AND name = 'evaluation' AND instr(sql, '/*states:evaluation*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:rectification*/') - 1) || '/*states:rectification*/' || '''open'',''rechecking'',''rechecked'',''passed'',''failed'''
  || substr(substr(sql, instr(sql, '/*states:rectification*/')), instr(substr(sql, instr(sql, '/*states:rectification*/')), ')'))
  WHERE type = 'table' AND name = 'rectification' AND instr(sql, '/*states:rectification*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:report*/') - 1) || '/*states:report*/' || '''open'',''late'',''unit_check'',''submitted'',''accepted'',''released'''
  || substr(substr(sql, instr(sql, '/*states:report*/')), instr(substr(sql, instr(sql, '/*states:report*/')), ')'))
  WHERE type = 'table' AND name = 'report' AND instr(sql, '/*states:report*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*triples*/') - 1) || '/*triples*/' || '
  ''application:>create>draft'',
  ''application:draft>send_to_sign>signing'',
  ''application:signing>recall>draft'',
  ''application:signing>send_back>draft'',
  ''application:signing>sign>submitted'',
  ''application:submitted>request_correction>correction'',
  ''application:correction>send_to_sign>correction_signing'',
  ''application:correction_signing>recall>correction'',
  ''application:correction_signing>send_back>correction'',
  ''application:correction_signing>sign>submitted'',
  ''application:correction>lapse>lapsed'',
  ''application:correction_signing>lapse>lapsed'',
  ''application:submitted>accept>in_review'',
  ''application:submitted>accept_by_silence>in_review'',
  ''application:submitted>decline>declined'',
  ''application:draft>discard>withdrawn'',
  ''application:signing>withdraw>withdrawn'',
  ''application:submitted>withdraw>withdrawn'',
  ''application:correction>withdraw>withdrawn'',
  ''application:correction_signing>withdraw>withdrawn'',
  ''application:in_review>ask_withdrawal>in_review'',
  ''application:recommended>ask_withdrawal>recommended'',
  ''application:refusal_proposed>ask_withdrawal>refusal_proposed'',
  ''application:notice>ask_withdrawal>notice'',
  ''application:deciding>ask_withdrawal>deciding'',
  ''application:in_review>agree_withdrawal>withdrawn'',
  ''application:recommended>agree_withdrawal>withdrawn'',
  ''application:refusal_proposed>agree_withdrawal>withdrawn'',
  ''application:notice>agree_withdrawal>withdrawn'',
  ''application:deciding>agree_withdrawal>withdrawn'',
  ''application:in_review>extend>in_review'',
  ''application:recommended>extend>recommended'',
  ''application:refusal_proposed>extend>refusal_proposed'',
  ''application:deciding>extend>deciding'',
  ''application:in_review>recommend>recommended'',
  ''application:in_review>propose_refusal>refusal_proposed'',
  ''application:recommended>publish_notice>notice'',
  ''application:notice>end_notice>deciding'',
  ''application:deciding>accredit>accredited'',
  ''application:deciding>refuse>refused'',
  ''application:refusal_proposed>refuse>refused'',
  ''application:recommended>return_review>in_review'',
  ''application:refusal_proposed>return_review>in_review'',
  ''application:deciding>return_review>in_review'',
  ''opinion:>request>requested'',
  ''opinion:requested>give>given'',
  ''opinion:overdue>give>given'',
  ''opinion:requested>transfer>requested'',
  ''opinion:overdue>transfer>overdue'',
  ''opinion:requested>mark_overdue>overdue'',
  ''opinion:given>ask_again>requested'',
  ''opinion:requested>cancel>cancelled'',
  ''opinion:overdue>cancel>cancelled'',
  ''review:>invite>invited'',
  ''review:invited>accept>accepted'',
  ''review:invited>decline>declined'',
  ''review:invited>recuse>recused'',
  ''review:accepted>recuse>recused'',
  ''review:accepted>submit_scores>scored'',
  ''review:scored>moderate>accepted'',
  ''review:invited>expire>expired'',
  ''review:invited>cancel>cancelled'',
  ''review:accepted>cancel>cancelled'',
  ''review:scored>cancel>cancelled'',
  ''zone:>establish>in_force'',
  ''zone:in_force>begin_rectification>rectifying'',
  ''zone:rectifying>end_rectification>in_force'',
  ''zone:in_force>propose_revocation>revocation_proposed'',
  ''zone:rectifying>propose_revocation>revocation_proposed'',
  ''zone:revocation_proposed>state>revocation_proposed'',
  ''zone:revocation_proposed>revoke>revoked'',
  ''zone:revocation_proposed>keep>in_force'',
  ''zone:in_force>request_renewal>in_force'',
  ''zone:in_force>renew>in_force'',
  ''zone:in_force>expire>expired'',
  ''zone:rectifying>expire>expired'',
  ''zone:revocation_proposed>expire>expired'',
  ''evaluation:>open>self_report'',
  ''evaluation:self_report>send_to_sign>signing'',
  ''evaluation:signing>recall>self_report'',
  ''evaluation:signing>send_back>self_report'',
  ''evaluation:signing>sign>filed'',
  ''evaluation:filed>return_report>self_report'',
  ''evaluation:self_report>not_filed>graded'',
  ''evaluation:signing>not_filed>graded'',
  ''evaluation:filed>pass_check>scoring'',
  ''evaluation:scoring>draft_grade>drafted'',
  ''evaluation:drafted>publish_notice>notice'',
  ''evaluation:notice>end_notice>confirming'',
  ''evaluation:confirming>confirm>graded'',
  ''evaluation:drafted>redo>scoring'',
  ''evaluation:confirming>redo>scoring'',
  ''evaluation:self_report>cancel>cancelled'',
  ''evaluation:signing>cancel>cancelled'',
  ''evaluation:filed>cancel>cancelled'',
  ''evaluation:scoring>cancel>cancelled'',
  ''rectification:>order>open'',
  ''rectification:open>submit>rechecking'',
  ''rectification:open>extend>open'',
  ''rectification:rechecking>return>open'',
  ''rectification:rechecked>return>open'',
  ''rectification:rechecking>recheck>rechecked'',
  ''rectification:rechecked>pass>passed'',
  ''rectification:rechecked>fail>failed'',
  ''rectification:open>lapse>failed'',
  ''objection:>file>received'',
  ''objection:received>handle>handled'',
  ''objection:received>reject>inadmissible'',
  ''objection:handled>uphold>upheld'',
  ''objection:handled>dismiss>dismissed'',
  ''objection:handled>return>received'',
  ''objection:received>close_moot>moot'',
  ''objection:handled>close_moot>moot'',
  ''report:>open>open'',
  ''report:open>send>unit_check'',
  ''report:late>send>unit_check'',
  ''report:unit_check>send_back>open'',
  ''report:unit_check>submit>submitted'',
  ''report:submitted>return>open'',
  ''report:accepted>return>open'',
  ''report:submitted>accept>accepted'',
  ''report:accepted>release>released'',
  ''report:open>mark_late>late'',
  ''condition:>set>open'',
  ''condition:>note>noted'',
  ''condition:noted>carry>open'',
  ''condition:open>report>reported'',
  ''condition:open>confirm>met'',
  ''condition:reported>confirm>met'',
  ''condition:reported>return>open'',
  ''condition:noted>waive>waived'',
  ''condition:open>waive>waived'',
  ''condition:reported>waive>waived'',
  ''condition:noted>cancel>cancelled'',
  ''condition:open>cancel>cancelled'',
  ''condition:reported>cancel>cancelled'''
  || substr(substr(sql, instr(sql, '/*triples*/')), instr(substr(sql, instr(sql, '/*triples*/')), ')'))
  WHERE type = 'table' AND name = 'case_history' AND instr(sql, '/*triples*/') > 0;
UPDATE sqlite_schema SET sql = substr(sql, 1, instr(sql, '/*states:condition*/') - 1) || '/*states:condition*/' || '''noted'',''open'',''reported'',''met'',''waived'',''cancelled'''
  || substr(substr(sql, instr(sql, '/*states:condition*/')), instr(substr(sql, instr(sql, '/*states:condition*/')), ')'))
  WHERE type = 'table' AND name = 'condition' AND instr(sql, '/*states:condition*/') > 0;
PRAGMA writable_schema = RESET;

-- +goose Down
-- Rows of newer states may exist by now: the lists stay as they are.
SELECT 1;
