"""The PyTorch script that ``rnncli plan configs/many_to_one.yaml`` stands for."""

import torch
from torchinfo import summary


class ManyToOne(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(8, 3, batch_first=True)
        self.dense = torch.nn.Linear(3, 10)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return torch.softmax(self.dense(h[-1]), -1)


print(summary(ManyToOne(), (1, 5, 8)))
