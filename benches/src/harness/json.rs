//! Figures as JSON.

use super::rounds::{Figure, Outcome};
use serde_json::{Value, json};

pub(super) fn write(outcomes: &[Outcome]) -> String {
    let races: Vec<Value> = outcomes.iter().map(race).collect();
    format!("{:#}\n", Value::from(races))
}

fn race(outcome: &Outcome) -> Value {
    let figures: Vec<Value> = outcome.figures.iter().map(figure).collect();
    let goals = outcome.goals.iter().flat_map(|goal| goal.judge(outcome));
    let goals: Vec<Value> = goals
        .map(|verdict| {
            json!({
                "contestant": verdict.who, "goal": verdict.goal, "reached": verdict.reached, "met": verdict.is_met(),
            })
        })
        .collect();
    json!({
        "workload": outcome.workload, "setting": outcome.setting,
        "metric": format!("{} per {}", outcome.metric.symbol(), outcome.unit),
        "contestants": figures, "goals": goals,
    })
}

fn figure(figure: &Figure) -> Value {
    json!({
        "name": figure.name, "median": figure.median(), "rounds": figure.rounds, "instructions": figure.instructions,
    })
}

/// The figures of the one race that `text` has.
pub(super) fn figures(text: &str) -> Option<Vec<Figure>> {
    let races: Value = serde_json::from_str(text).ok()?;
    let contestants = races.get(0)?.get("contestants")?.as_array()?;
    let figure = |value: &Value| {
        let rounds = value.get("rounds")?.as_array()?;
        Some(Figure {
            name: value.get("name")?.as_str()?.into(),
            rounds: rounds.iter().filter_map(Value::as_f64).collect(),
            instructions: None,
        })
    };
    contestants.iter().map(figure).collect()
}
