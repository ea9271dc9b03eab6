//! What each statement does, in a paragraph. A test sees that none is without.

/// The paragraph on a keyword.
pub fn text(word: &str) -> Option<&'static str> {
    TEXTS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, text)| *text)
}

/// In the order of the reference.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("set", "Keeps a value under a name. With `=` the value is that of an expression. Without, the rest of the line is a step, and the name keeps its result, whatever its status: the scenario goes on. (What could not be run at all, be it that a plug-in is at fault, is an ERROR; `set NAME try COMMAND` goes on even then.) The result reads as its value, and has .exit, .signal, .stdout, .stderr, .duration, .host, .error, .timed_out and .value. Put `must` before the command, and a failure ends the scenario after all."),
    ("if", "Does something only if a condition is true. On one line, after `then` and `else` stands one statement that is neither an `if` nor a block. As a block, it may have any number of `else if` and one `else`, and closes with `end`."),
    ("else", "What is done if the condition of an `if` is not true. In a block it stands alone on its line, or as `else if CONDITION`."),
    ("end", "Closes the block that was opened last. `goto end` ends the scenario, or returns from a step, unless a label of that name is there."),
    ("while", "Does its block again and again as long as the condition is true; it is looked at before each round. `break` leaves it, `continue` goes on with the next round."),
    ("for", "Does its block once for each element of a list, or of a map with two names: its key and its value. With two names and a list, the first is the element's index. A family of components is a list of its members."),
    ("repeat", "Does its block so many times."),
    ("break", "Leaves the innermost loop."),
    ("continue", "Goes on with the next round of the innermost loop."),
    ("goto", "Goes on at a label of the same scenario or step, forward or backward. It may leave blocks and never enters one. `pass`, `fail` and `end` are labels that every scenario has."),
    ("step", "Defines a step of the scenario's own, to be used like a command. It has variables of its own: its parameters and what it sets. A parameter takes its default's type."),
    ("return", "Leaves a step, with a value that is the step's result."),
    ("use", "Makes the steps of another file known, as NAME.STEP with `as NAME`. A file is read once however often it is named."),
    ("case", "A part of the scenario with a verdict of its own. A failure ends the case, not the scenario, and counts as a failed check."),
    ("do", "A block: one branch of a `parallel`, or the bounds of what watches inside it."),
    ("parallel", "Does each statement of its block at the same time, and goes on when all are done. A branch that fails cancels the others. A variable that one branch sets, no other may touch."),
    ("background", "Starts a step and goes on at once. The name has .running, .pid and .stdout while it runs; `await` waits for it, `cancel` ends it, and the end of the scenario ends it too. If it fails before that, the scenario fails."),
    ("await", "Waits for background steps, and fails if one failed, unless the scenario itself ended it. Afterwards each name is the step's result."),
    ("cancel", "Ends background steps."),
    ("wait", "Waits until a condition is true, or for an event. What was reported wakes it, without polling; a condition with a function that looks outside is looked at every 100 ms or `every`. Without `within` it ends with the scenario's @timeout. A wait that runs out is a FAIL. `wait event` sees events from the start of the preceding step on, or `since` a mark."),
    ("hold", "A condition must be true now and stay true for so long: a FAIL otherwise."),
    ("always", "From here to the end of the block, the condition must hold, whatever runs meanwhile. A violation is a failed check that says when, with which value, and which line was running."),
    ("never", "From here to the end of the block, the condition must not become true, or the event must not be seen."),
    ("eventually", "The condition must become true within that time; the end of the block waits for it."),
    ("defer", "Owes a command from here on: it runs when the scenario ends, newest first, however it ends. Its words are evaluated here."),
    ("mark", "Names this point in time, for `since`."),
    ("require", "States what the scenario takes for granted. If it is not so, the verdict is ERROR: the system was not judged."),
    ("assert", "Ends the scenario with FAIL if the condition does not hold."),
    ("check", "Notes a failure if the condition does not hold, and goes on. The verdict is then FAIL, however the scenario ends."),
    ("pass", "Ends the scenario, or the case, with PASS. A scenario that names it passes only by reaching it. It is a label, too: `goto pass`."),
    ("fail", "Ends the scenario, or the case, with FAIL, the text being the reason."),
    ("skip", "Ends the scenario, or the case, with SKIP, the text being the reason."),
    ("error", "Ends the scenario with ERROR, the text being the reason."),
    ("exit", "Ends the scenario: with PASS for 0, with FAIL for any other status. Without one it is as the end of the file: PASS if nothing failed, unless the scenario names `pass`."),
    ("finally", "Last in the file; runs however the scenario ends, before what is owed. What fails in it makes a PASS an ERROR."),
    ("call", "Runs a command that is named by a value, or that has the name of a statement."),
    ("on", "Runs the command on that host, or on the host of that component."),
    ("timeout", "Bounds one attempt of the command. When the time is up, the step fails, and its whole process group is ended."),
    ("input", "Gives the command its standard input, which is empty otherwise."),
    ("retry", "Does the command, or the block, again until it passes: so many times in all, or for so long. The last failure is the reason. `every` is the pause between attempts."),
    ("not", "The command must fail; then the step passes. An ERROR is no failure."),
    ("soft", "A failure of the command is noted, and the scenario goes on."),
    ("try", "Goes on whatever the command does, and counts nothing, even if it could not be run at all."),
    ("must", "After `set NAME`: a failure of the command ends the scenario."),
    ("@title", "The scenario's title in reports; its file's name unless given. `#{…}` in it names a `@param`."),
    ("@tags", "Words to select scenarios by: `scn run --tags 'smoke and not slow' *.scn`."),
    ("@covers", "The requirements that the scenario covers, for reports."),
    ("@known", "A defect that is known: until that day its FAIL is shown as known and not counted in the exit status, and a PASS as unexpected."),
    ("@timeout", "How long the whole scenario may take; 1h unless said."),
    ("@param", "A value that is set from outside, `scn run --set rate=200`. The default gives its type; without a default it must be set."),
    ("@needs", "Commands, components and names that the scenario needs. In an environment that lacks one it is skipped."),
    ("@each", "Runs the scenario once for each element of a list, as a test case of its own: the rows of a table, for instance."),
    ("@on", "What starts the scenario under `scn serve`. `scn plan` lists it."),
    ("@language", "The version of the language that the file is written in; 1 unless said."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use scn_grammar::keyword::KEYWORDS;

    #[test]
    fn every_keyword_has_its_paragraph_in_the_order_of_the_grammar() {
        let texts: Vec<&str> = TEXTS.iter().map(|(word, _)| *word).collect();
        let known: Vec<&str> = KEYWORDS.iter().map(|keyword| keyword.word).collect();
        assert_eq!(texts, known);
    }
}
