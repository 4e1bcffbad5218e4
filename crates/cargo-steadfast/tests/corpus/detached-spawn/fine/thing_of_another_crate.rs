use game::{scene, task};

pub fn begin(level: &Level) {
    scene::spawn(level.player());
    task::spawn(level.first_quest_of_three, 3);
}
