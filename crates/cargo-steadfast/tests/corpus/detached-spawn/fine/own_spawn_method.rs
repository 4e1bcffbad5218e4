pub struct Game {
    monsters: Vec<Monster>,
}

impl Game {
    fn spawn(&mut self, monster: Monster) {
        self.monsters.push(monster);
    }

    pub fn start(&mut self) {
        self.spawn(Monster::new());
    }
}
